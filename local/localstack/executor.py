"""Runs functions as processes of this machine, which speak the Lambda Runtime API, in place of containers."""
import collections
import json
import os
import queue
import subprocess
import threading
import time
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime.cjs")
# As many lines of a process are kept: what it wrote during one invocation is taken from them.
KEPT_LINES = 10_000
# What every function is told, as the stack cannot know it.
PASSED_ON = ("AWS_ENDPOINT_URL_RDS_DATA", "AWS_EC2_METADATA_DISABLED", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED")


def failure(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class Process:
    """One process with one function: it asks for an invocation, answers it, and asks for the next."""

    def __init__(self, command, folder, env):
        self.asked_for = queue.Queue()
        self.ready = Future()
        self.running = {}
        self.lines = collections.deque(maxlen=KEPT_LINES)
        self.written = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.api())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        # in the group of LocalStack, whose guard ends the whole group
        self.child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**env, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}"},
        )
        threading.Thread(target=self.listen, daemon=True).start()

    def lives(self):
        return self.child.poll() is None

    def output(self, since=0):
        """What it wrote after so many lines."""
        return "".join(line for number, line in list(self.lines) if number >= since)

    def invoke(self, payload, timeout):
        result = Future()
        self.running[payload["invoke-id"]] = result
        self.asked_for.put({**payload, "deadline": time.time() + timeout})
        try:
            return result.result(timeout)
        except TimeoutError:
            self.end()
            message = f"RequestId: {payload['invoke-id']} Error: Task timed out after {timeout:.2f} seconds"
            return failure("Sandbox.Timedout", message), True
        finally:
            self.running.pop(payload["invoke-id"], None)

    def end(self):
        self.asked_for.put(None)
        self.child.kill()
        # who asks next whether it lives must not find it dying
        self.child.wait()
        self.server.shutdown()
        self.server.server_close()

    def listen(self):
        for line in self.child.stdout:
            self.lines.append((self.written, line.decode(errors="replace")))
            self.written += 1
        code = self.child.wait()
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(f"the runtime ended with {code}: {self.output()[-2000:]}"))
        for request_id, result in list(self.running.items()):
            if not result.done():
                message = f"RequestId: {request_id} Error: Runtime exited with status {code}"
                result.set_result((failure("Runtime.ExitError", message), True))

    def api(self):
        process = self

        class Api(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b"", headers=()):
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if not process.ready.done():
                    process.ready.set_result(None)
                payload = process.asked_for.get()
                if payload is None:
                    return self.answer(410)
                self.answer(200, payload["payload"].encode(), [
                    ("Content-Type", "application/json"),
                    ("Lambda-Runtime-Aws-Request-Id", payload["invoke-id"]),
                    ("Lambda-Runtime-Deadline-Ms", str(int(payload["deadline"] * 1000))),
                    ("Lambda-Runtime-Invoked-Function-Arn", payload["invoked-function-arn"]),
                    ("Lambda-Runtime-Trace-Id", payload["trace-id"]),
                ])

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                *_, request_id, kind = self.path.split("/")
                if self.path.endswith("/init/error"):
                    if not process.ready.done():
                        process.ready.set_exception(RuntimeError(body.decode()))
                elif result := process.running.get(request_id):
                    if not result.done():
                        result.set_result((body, kind == "error"))
                self.answer(202)

        return Api


class HostExecutor(RuntimeExecutor):
    process = None

    def start(self, env_vars):
        function = self.function_version.config
        if not function.runtime.startswith("nodejs"):
            raise NotImplementedError(f"without Docker only functions of Node run, and this one wants {function.runtime}")
        folder = str(function.code.get_unzipped_code_location())
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "en_US.UTF-8",
            "HOME": os.environ["TMPDIR"],
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **{name: str(value) for name, value in env_vars.items()},
            "LAMBDA_TASK_ROOT": folder,
        }
        self.folder = folder
        self.command = ["node", "--enable-source-maps", RUNTIME, function.handler]
        self.spawn()

    def spawn(self):
        self.process = Process(self.command, self.folder, self.env)
        # as long as LocalStack waits for a first start; it does not know of the later ones
        within = config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT
        try:
            self.process.ready.result(within)
        except TimeoutError:
            self.process.end()
            raise RuntimeError(f"the function asked for no invocation within {within} s of its start") from None

    def invoke(self, payload):
        if not self.process.lives():
            # it crashed, or was ended at its time-out: a cold start
            self.spawn()
        seen = self.process.written
        request_id, began = payload["invoke-id"], time.time()
        body, is_error = self.process.invoke(payload, self.function_version.config.timeout)
        # what it wrote before its answer comes through another pipe
        time.sleep(0.005)
        logs = "".join([
            f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n",
            self.process.output(seen),
            f"END RequestId: {request_id}\n",
            f"REPORT RequestId: {request_id}\tDuration: {(time.time() - began) * 1000:.2f} ms\n",
        ])
        return InvocationResult(request_id, body, is_error, logs)

    def stop(self):
        if self.process:
            self.process.end()

    def get_logs(self):
        return self.process.output() if self.process else ""

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass
