"""What Schemathesis does not know by itself: bodies that are objects, one a line (`application/jsonl`).

The description says of such a body that it is text, and names the schema of a line. Here it becomes a list of such
objects, so that right and wrong ones are made as of every other body, and written as lines.

And where tokens come from: whoever tries everything also ends what they are signed in with, and gets another one.
"""

import json
import os
import urllib.request

import schemathesis

LINES = "application/jsonl"


@schemathesis.auth(refresh_interval=600)
class Tokens:
    """From the address in GATEWRIGHT_TOKENS; asked again after a 401."""

    def get(self, case, context):
        with urllib.request.urlopen(os.environ["GATEWRIGHT_TOKENS"]) as answer:
            return answer.read().decode()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = raw_schema["components"]["schemas"]
    for path in raw_schema["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            if LINES in content:
                about = content[LINES]["schema"]["description"]
                name = next(name for name in schemas if f"like {name}," in about)
                item = {"$ref": f"#/components/schemas/{name}"}
                content[LINES] = {"schema": {"type": "array", "maxItems": 20, "items": item}}


@schemathesis.serializer(LINES)
def lines(context, value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, list):
        return "\n".join(json.dumps(item) for item in value).encode()
    return json.dumps(value).encode()
