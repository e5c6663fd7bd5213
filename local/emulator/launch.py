"""Starts MiniStack with its gaps mended that break patterns.

Each mend is one function; test/local/emulator/mends.int.spec.ts says when one is no longer needed.
MENDS (comma-separated names, default all) exists for that test.
"""
import copy
import json
import os
import re
import threading

import ministack.app as app
import ministack.core.iam_actions as iam_actions
import ministack.core.iam_evaluator as iam_evaluator
import ministack.core.lambda_runtime as runtime
import ministack.core.responses as responses
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.dynamodb as dynamodb
import ministack.services.eventbridge as eventbridge
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


def dead_workers():
    """A call whose worker dies ends as Runtime.ExitError, which callers try again (not Runtime.HandlerError)."""
    deaths = (
        "Worker process died",
        "Worker process exited immediately",
        "[Errno 32] Broken pipe",
        "'NoneType' object has no attribute 'std",
    )
    execute = lambda_svc._execute_function_warm

    def execute_until_exit(func, event, request_id):
        result = execute(func, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and str(body.get("errorMessage")).startswith(deaths):
            message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
            return {**result, "body": {"errorType": "Runtime.ExitError", "errorMessage": message}}
        return result

    lambda_svc._execute_function_warm = execute_until_exit


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


def partiql_records():
    """What PartiQL writes arrives in the table's stream, once its statement or transaction has succeeded as a whole."""
    written = []

    def noting(write):
        def write_and_note(table, *args):
            set_item, remove_item = dynamodb._set_item, dynamodb._remove_item

            def note(old, new):
                written.append((table["TableName"], old, new))
                return old

            dynamodb._set_item = lambda table, pk, sk, item: note(set_item(table, pk, sk, item), item)
            dynamodb._remove_item = lambda table, pk, sk: note(remove_item(table, pk, sk), None)
            try:
                return write(table, *args)
            finally:
                dynamodb._set_item, dynamodb._remove_item = set_item, remove_item

        return write_and_note

    def emitting(execute):
        def execute_and_emit(data):
            written.clear()
            result = execute(data)
            for table, old, new in written if result[0] == 200 else ():
                name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
                dynamodb._emit_stream_event(table, name, old, new)
            return result

        return execute_and_emit

    for name in ("_partiql_insert", "_partiql_update", "_partiql_delete"):
        setattr(dynamodb, name, noting(getattr(dynamodb, name)))
    for name in ("_execute_statement", "_execute_transaction"):
        setattr(dynamodb, name, emitting(getattr(dynamodb, name)))


def partiql_actions():
    """With IAM enforced, a PartiQL statement is checked by its verb, its table and the partition key that it names."""
    verbs = {"SELECT": "PartiQLSelect", "INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}
    executing = ("dynamodb:ExecuteStatement", "dynamodb:ExecuteTransaction", "dynamodb:BatchExecuteStatement")
    context, enforce = iam_actions.dynamodb_service_context, iam_evaluator.enforce

    def check_of(statement):
        parsed = dynamodb._parse_partiql(statement["Statement"], statement.get("Parameters") or [])
        table = parsed["table"]
        key = (dynamodb._tables.get(table) or {}).get("pk_name")
        if parsed["op"] == "INSERT":
            values = [parsed["item"].get("M", parsed["item"]).get(key)]
        else:
            values = [value for name, op, value in parsed.get("conditions") or [] if name == key and op == "="]
        keys = [dynamodb._extract_key_val(value) for value in values if value]
        return f"dynamodb:{verbs[parsed['op']]}", table, {"dynamodb:LeadingKeys": keys} if keys else {}

    def checks_of(body):
        data = json.loads(body or b"{}")
        statements = data.get("TransactStatements") or data.get("Statements") or [data]
        return [check_of(statement) for statement in statements if "Statement" in statement]

    def context_with_checks(body):
        try:
            return {**context(body), "partiql": checks_of(body)}
        except (AttributeError, KeyError, TypeError, ValueError):
            return context(body)  # the service refuses what cannot be parsed

    def enforce_by_verb(access_key, action, service, region, resource_arn="*", service_context=None):
        found = dict(service_context or {})
        checks = found.pop("partiql", None)
        if not checks or action not in executing:
            return enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=found)
        for verb, table, keys in checks:
            arn = iam_actions._dynamodb_table_arn(table, region, responses.get_account_id())
            denied = enforce(access_key, verb, service, region, resource_arn=arn, service_context={**found, **keys})
            if denied:
                return denied
        return None

    iam_actions.dynamodb_service_context, iam_evaluator.enforce = context_with_checks, enforce_by_verb


def replay_rules():
    """A replay that names rules is delivered to those rules only."""
    invoke = eventbridge._invoke_target

    def invoke_where_meant(target, event, rule, *args):
        replay = eventbridge._replays.get(event.get("ReplayName")) or {}
        rules = replay.get("Destination", {}).get("FilterArns")
        if not rules or rule.get("Arn") in rules:
            invoke(target, event, rule, *args)

    eventbridge._invoke_target = invoke_where_meant


def archive_resources():
    """With IAM enforced, archives and replays are checked by their ARNs, and a start of a replay by all that it is about."""
    of_buses = iam_actions.eventbridge_resource_arns

    def arns_in(body, region, account_id):
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return []
        prefix = f"arn:aws:events:{region}:{account_id}"
        archive, replay = data.get("ArchiveName"), data.get("ReplayName")
        found = [data.get("EventSourceArn"), (data.get("Destination") or {}).get("Arn")] if replay else []
        found += [f"{prefix}:archive/{archive}"] if archive else []
        found += [f"{prefix}:replay/{replay}"] if replay else []
        return [arn for arn in found if arn] or of_buses(body, region, account_id)

    iam_actions.eventbridge_resource_arns = arns_in


def data_api_secrets():
    """With IAM enforced, who calls the RDS Data API must be allowed to read the secret, too: it is read in the caller's name."""
    enforce, action = app._enforce_rds_data, "secretsmanager:GetSecretValue"

    def denied_secret(headers, body, query_params, request_id):
        region, secret = app.extract_region(headers, query_params), iam_actions._safe_json_field(body, "secretArn")
        if not secret:
            return None  # the service refuses what names none
        asked, account = json.dumps({"SecretId": secret}).encode(), responses.get_account_id()
        arn = iam_actions.extract_resource_arn("secretsmanager", "POST", "/", headers, asked, {}, region, account)
        access_key = app.extract_access_key_id(headers, query_params)
        denied = iam_evaluator.enforce(access_key, action, "secretsmanager", region, resource_arn=arn)
        if not denied:
            return None
        explicit, by_secret = denied.decision == "Deny", denied.resource_policy_arn
        message = "" if by_secret else iam_actions.identity_denial_message(action, denied.principal_arn, arn, explicit)
        return iam_actions.access_denied_response("rds-data", action, denied.principal_arn, request_id, headers=headers,
                                                  message=message, explicit_deny=explicit, resource_policy_arn=by_secret)

    def enforce_with_secret(method, path, headers, body, query_params, request_id):
        return (enforce(method, path, headers, body, query_params, request_id)
                or denied_secret(headers, body, query_params, request_id))

    app._enforce_rds_data = enforce_with_secret


def named_hosts():
    """
    Nobody is answered who calls this machine by another name, or from a page of another: a browser lets a page of the
    internet do both, and without IAM the emulator asks for no key.
    """
    serve = app.app

    def is_here(host):
        name = host.rsplit(":", 1)[0] if re.search(r":\d+$", host) else host
        return name in ("127.0.0.1", "localhost", "[::1]") or name.endswith(".localhost")

    async def serve_here(scope, receive, send):
        headers = {name.lower(): value.decode("latin-1").lower() for name, value in scope.get("headers", ())}
        origin = headers.get(b"origin")
        named = scope["type"] not in ("http", "websocket") or is_here(headers.get(b"host", ""))
        if named and (origin is None or is_here(origin.partition("://")[2])):
            await serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            text = b"this emulator answers to 127.0.0.1 and localhost only"
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": text})

    app.app = serve_here


MENDS = (
    error_names,
    dead_workers,
    warm_calls,
    deleted_functions,
    secret_refs,
    loopback_is_secure,
    kept_streams,
    partiql_records,
    partiql_actions,
    replay_rules,
    archive_resources,
    data_api_secrets,
    named_hosts,
)

chosen = os.environ.pop("MENDS", None)
for mend in MENDS:
    if chosen is None or mend.__name__ in chosen.split(","):
        mend()
app.main()
