"""What a note's events make of its item in the view."""


def handler(commit, _context):
    return {
        "operations": [
            {"operation": "put", "fields": {"text": event["data"]["text"], "letters": len(event["data"]["text"])}}
            for event in commit["events"]
            if event["type"] == "Noted"
        ]
    }
