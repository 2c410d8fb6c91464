#!/usr/bin/env python3
"""Writes docs/http-api.md from docs/openapi.json. With --check it writes nothing and fails if the page is another.

    scripts/make_http_api.py [--check]
"""
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "docs" / "openapi.json"
PAGE = ROOT / "docs" / "http-api.md"
METHODS = ["get", "post", "put", "patch", "delete"]
WHO = {"anyone": "anyone", "signed_in": "every caller with credentials", "admin": "admin",
       "app": "app, admin", "calls": "app, admin, keys limited to calls", "auditor": "auditor, admin"}

Schema = dict


class Page:
    def __init__(self, contract: dict):
        self.contract = contract
        self.lines: list[str] = []

    def resolve(self, value: dict) -> dict:
        """What a `$ref` stands for."""
        if "$ref" not in value:
            return value
        found = self.contract
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def put(self, *lines: str) -> None:
        self.lines += lines

    def text(self) -> str:
        info = self.contract["info"]
        self.put("# HTTP API", "")
        self.put("Made from [openapi.json](openapi.json) by `scripts/make_http_api.py`; change that file, not this one.", "")
        self.put(info["description"], "", self.contract["components"]["securitySchemes"]["bearer"]["description"], "")
        self.overview()
        for tag in self.contract["tags"]:
            self.put(f"## {tag['name']}", "", tag["description"], "")
            for path, method, operation in self.operations():
                if operation["tags"] == [tag["name"]]:
                    self.operation(path, method, operation)
        self.errors()
        self.put("## Schemas", "", f"An *id* matches `{self.contract['components']['schemas']['Id']['pattern']}`.", "")
        for name, schema in self.contract["components"]["schemas"].items():
            if name != "Error" and schema.get("type") == "object":
                self.put(f"### {name}", "")
                if "description" in schema:
                    self.put(schema["description"], "")
                self.schema_table(schema)
        return "\n".join(self.lines).rstrip("\n") + "\n"

    def operations(self):
        for path, members in self.contract["paths"].items():
            for method in METHODS:
                if method in members:
                    yield path, method, members[method]

    def overview(self) -> None:
        self.put("| route | what | who |", "|---|---|---|")
        for path, method, operation in self.operations():
            anchor = operation["operationId"].lower()
            self.put(f"| [`{method.upper()} {path}`](#{anchor}) | {operation['summary']} | {WHO[operation['x-access']]} |")
        self.put("")

    def operation(self, path: str, method: str, operation: dict) -> None:
        self.put(f"### {operation['operationId']}", "", f"`{method.upper()} {path}` · {WHO[operation['x-access']]}", "")
        self.put(f"**{operation['summary']}.** {operation['description']}", "")
        self.parameters(self.contract["paths"][path].get("parameters", []) + operation.get("parameters", []))
        if "requestBody" in operation:
            self.body(operation["requestBody"])
        self.responses(operation["responses"])

    def parameters(self, given: list) -> None:
        if not given:
            return
        self.put("| parameter | in | type | meaning |", "|---|---|---|---|")
        for parameter in map(self.resolve, given):
            needed = ", required" if parameter.get("required") else ""
            kind = self.type_of(parameter["schema"])
            self.put(f"| `{parameter['name']}` | {parameter['in']}{needed} | {kind} | {cell(parameter['description'])} |")
        self.put("")

    def body(self, request: dict) -> None:
        [(media, content)] = request["content"].items()
        if "schema" not in content:
            self.put("Body: " + request["description"], "")
            return
        kind = "Body" if media == "application/json" else "A form"
        self.put(kind + (":" if request["required"] else " (may be left out):"), "")
        if "description" in content["schema"]:
            self.put(content["schema"]["description"], "")
        self.schema_table(content["schema"])
        if "example" in content:
            self.put("```json", json.dumps(content["example"], ensure_ascii=False), "```", "")

    def responses(self, responses: dict) -> None:
        errors = []
        self.put("| answer | |", "|---|---|")
        for status, given in responses.items():
            if "$ref" in given and not status.startswith("2"):
                errors.append(status)
                continue
            given = self.resolve(given)
            shapes = [self.type_of(content["schema"]) if media == "application/json" else f"`{media}`"
                      for media, content in given.get("content", {}).items()]
            self.put(f"| {status} | {' '.join([cell(given['description']), *shapes])} |")
        self.put("| " + ", ".join(error for error in errors if error != "default") + " | [an error](#errors) |", "")

    def errors(self) -> None:
        self.put("## Errors", "")
        self.put("Every error has this shape; a browser that asks a route under `/api/oauth/` for `text/html` gets a page.", "")
        self.schema_table(self.contract["components"]["schemas"]["Error"])
        statuses = {given["$ref"]: status for _, _, operation in self.operations()
                    for status, given in operation["responses"].items() if "$ref" in given and not status.startswith("2")}
        self.put("| status | `error` |", "|---|---|")
        for reference, status in sorted(statuses.items(), key=lambda entry: entry[1]):
            self.put(f"| {'others' if status == 'default' else status} | {cell(self.resolve({'$ref': reference})['description'])} |")
        self.put("", "What to do about each: [troubleshooting.md](troubleshooting.md).", "")

    def schema_table(self, schema: Schema) -> None:
        required = schema.get("required", [])
        self.put("| field | type | meaning |", "|---|---|---|")
        for name, field in schema.get("properties", {}).items():
            mark = ", required" if name in required and "$ref" not in schema else ""
            meaning = field.get("description", "")
            self.put(f"| `{name}` | {self.type_of(field)}{mark} | {cell(meaning)} |")
        self.put("")

    def type_of(self, schema: Schema) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            target = self.resolve(schema)
            if name == "Id":
                return "id"
            return f"[{name}](#{name.lower()})" if target.get("type") == "object" else self.type_of(target)
        if "allOf" in schema:
            return " and ".join(map(self.type_of, schema["allOf"]))
        if "oneOf" in schema:
            return " or ".join(map(self.type_of, schema["oneOf"]))
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return "an error code" if len(schema["enum"]) > 10 else ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
        kind = schema.get("type", "any")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        if kind == "array":
            return "list of " + self.type_of(schema["items"]) + (f", at most {schema['maxItems']}" if "maxItems" in schema else "")
        if kind == "object" and schema.get("properties"):
            return "object with " + ", ".join(f"`{name}`" + self.worth_telling(field)
                                              for name, field in schema["properties"].items())
        return kind + self.limits_of(schema)

    def worth_telling(self, field: Schema) -> str:
        """Of a field of a field: a fixed value, or what more there is inside."""
        inside = field.get("items", field)
        if "const" in field:
            return " " + self.type_of(field)
        return f" ({self.type_of(field)})" if "$ref" in inside or inside.get("properties") else ""

    @staticmethod
    def limits_of(schema: Schema) -> str:
        limits = ""
        if "minimum" in schema:
            limits += f" from {schema['minimum']} to {schema['maximum']}"
        if "default" in schema:
            limits += f", default `{json.dumps(schema['default'])}`"
        if schema.get("format") == "date-time":
            limits += ", a time"
        if "pattern" in schema:
            limits += f" `{schema['pattern']}`"
        return limits


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: list[str]) -> int:
    text = Page(json.loads(CONTRACT.read_text())).text()
    if arguments == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            print("docs/http-api.md is not what docs/openapi.json says; run scripts/make_http_api.py", file=sys.stderr)
            return 1
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
