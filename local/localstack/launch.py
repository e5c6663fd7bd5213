"""Starts LocalStack without Docker: what its image brings along comes from the environment instead.

LOCALSTACK_JAVA           the java that runs DynamoDB Local
LOCALSTACK_DYNAMODB_JARS  the folder of DynamoDB Local and what it needs
"""
import os
import signal
import subprocess
import sys

from localstack.runtime.main import main
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.lambda_.invocation import execution_environment, version_manager
from localstack.services.lambda_ import provider
from localstack.utils.threads import FuncThread

# no files beside the sources, which may be in node_modules
sys.dont_write_bytecode = True
from executor import HostExecutor

sys.dont_write_bytecode = False


class DynamoDbLocal(FuncThread):
    """DynamoDB Local in the process group of LocalStack, so that it ends with it, whatever ends it."""

    def __init__(self, command):
        super().__init__(self.keep, command, name="dynamodb-local")

    def keep(self, command):
        env = {**os.environ, "DDB_LOCAL_TELEMETRY": "0"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=os.environ["TMPDIR"], env=env)
        self.process.wait()
        if self.running:
            # without it LocalStack would wait for ever
            os.kill(os.getpid(), signal.SIGTERM)

    def stop(self, quiet=False):
        super().stop(quiet)
        self.process.terminate()


def dynamodb_without_downloads():
    """DynamoDB Local is started as it comes from Maven, without LocalStack's own additions to it."""
    jars = os.environ["LOCALSTACK_DYNAMODB_JARS"]

    def start_thread(self):
        thread = DynamoDbLocal([
            os.environ["LOCALSTACK_JAVA"], f"-Xmx{self.heap_size}", f"-Djava.library.path={jars}",
            "-cp", os.path.join(jars, "*"), "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
            "-port", str(self.port), "-inMemory",
        ])
        thread.start()
        return thread

    DynamodbServer.do_start_thread = start_thread


def functions_as_processes():
    """Functions run as processes of this machine."""
    for module in (execution_environment, version_manager, provider):
        if not hasattr(module, "get_runtime_executor"):
            raise SystemExit(f"this LocalStack is not the pinned one: {module.__name__} has changed")
        module.get_runtime_executor = lambda: HostExecutor


dynamodb_without_downloads()
functions_as_processes()
main()
