"""Starts MiniStack with its gaps mended that break patterns.

Each mend is one function; test/local/emulator/mends.int.spec.ts says when one is no longer needed.
MENDS (comma-separated names, default all) exists for that test.
"""
import copy
import json
import os
import threading

import ministack.app as app
import ministack.core.iam_actions as iam_actions
import ministack.core.iam_evaluator as iam_evaluator
import ministack.core.lambda_runtime as runtime
import ministack.core.responses as responses
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.dynamodb as dynamodb
import ministack.services.dynamodb as dynamodb
import ministack.services.lambda_svc as lambda_svc


def replace_in_worker(old, new):
    if old not in runtime._NODEJS_WORKER_SCRIPT:
        raise SystemExit(f"this MiniStack is not the pinned one, its Node worker has changed: {old}")
    runtime._NODEJS_WORKER_SCRIPT = runtime._NODEJS_WORKER_SCRIPT.replace(old, new)


def error_names():
    """A handler's error arrives under its own name (not Runtime.HandlerError), and its worker lives on."""
    for error, message, trace in (("err", "String(err.message || err)", 'err.stack || ""'), ("e", "e.message", "e.stack")):
        replace_in_worker(
            f'status: "error", error: {message}, trace: {trace}\n',
            f'status: "ok", result: {{ __handlerError: {{ errorType: ({error} && {error}.name) || "Error", '
            f'errorMessage: String(({error} && {error}.message) || {error}), '
            f'trace: String(({error} && {error}.stack) || "").split("\\n") }} }}\n',
        )
    execute = lambda_svc._execute_function_warm

    def execute_with_names(*args, **kwargs):
        result = execute(*args, **kwargs)
        body = result.get("body")
        if not isinstance(body, dict) or "__handlerError" not in body:
            return result
        error = body["__handlerError"]
        return {"body": error, "error": True, "log": "\n".join([result.get("log", ""), *error["trace"]])}

    lambda_svc._execute_function_warm = execute_with_names


def warm_calls():
    """A warm call does not wait 50 ms for output on stderr that does not come."""
    runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.05)


def deleted_functions():
    """The workers of a function end when its stack is deleted."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    delete = handlers["delete"]

    def delete_and_end_workers(name, properties):
        delete(name, properties)
        threading.Thread(target=lambda_svc.invalidate_worker, args=(name,), daemon=True).start()

    handlers["delete"] = delete_and_end_workers


def secret_refs():
    """Ref of a secret is its ARN, not its name."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def name_of(physical_id):
        _, found, rest = str(physical_id).partition(":secret:")
        return rest.rsplit("-", 1)[0] if found else physical_id

    def with_arn(result):
        return (result[1]["Arn"], result[1]) if isinstance(result, tuple) and "Arn" in (result[1] or {}) else result

    handlers["create"] = lambda logical_id, properties, stack: with_arn(create(logical_id, properties, stack))
    handlers["update"] = lambda physical_id, old, new, stack, logical_id=None: with_arn(
        update(name_of(physical_id), old, new, stack, logical_id=logical_id)
    )
    handlers["delete"] = lambda physical_id, properties: delete(name_of(physical_id), properties)


def loopback_is_secure():
    """With IAM enforced, a policy that demands TLS lets requests pass: on 127.0.0.1 the emulator has plain HTTP only."""
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, secure: pin(source_ip, True)


def kept_streams():
    """The streams of tables are saved and loaded with the tables, as the positions of their readers are."""
    get_state, load_persisted_state = dynamodb.get_state, dynamodb.load_persisted_state

    def with_streams():
        streams = {"records": dynamodb._stream_records, "trimmed": dynamodb._stream_trimmed}
        return {**get_state(), "streams": copy.deepcopy(streams), "stream_seq": dynamodb._stream_seq_counter}

    def load_with_streams(data):
        load_persisted_state(data)
        streams = data.get("streams", {})
        dynamodb._stream_records.update(streams.get("records", {}))
        dynamodb._stream_trimmed.update(streams.get("trimmed", {}))
        dynamodb._stream_seq_counter = data.get("stream_seq", 0)

    dynamodb.get_state, dynamodb.load_persisted_state = with_streams, load_with_streams


MENDS = (error_names, warm_calls, deleted_functions, secret_refs, loopback_is_secure, kept_streams)

chosen = os.environ.pop("MENDS", None)
for mend in MENDS:
    if chosen is None or mend.__name__ in chosen.split(","):
        mend()
app.main()
