"""What the commands of a note do. Nothing is written here: the kit does what is answered."""


def handler(command, _context):
    text = command["data"].get("text")
    if command["name"] != "Write":
        return refusal("unknown-command", f"there is no command {command['name']}", 404)
    if not isinstance(text, str) or not text:
        return refusal("invalid", "text must be a text that is not empty", 400)
    return {
        "statements": [
            {
                "text": "insert into note (id, text) values (:id, :text)",
                "params": {"id": command["id"], "text": text},
                "rows": 1,
            }
        ],
        "events": [{"type": "Noted", "v": 1, "data": {"text": text}}],
    }


def refusal(code, detail, status):
    return {"refusal": {"code": code, "detail": detail, "status": status}}
