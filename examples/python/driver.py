"""Does one operation a line of standard input, in the form of test/vectors/items.json, and answers with its outcome.

Environment: DYNAMODB_ENDPOINT for the DynamoDB of the local run.
"""

import base64
import json
import os
import sys

import boto3

from sessions import LoggedOut, SessionNotFound, Sessions, hash_of


def perform(client, vector):
    given = vector["input"]
    operation = vector["operation"]
    if operation == "hash":
        return {"outcome": hash_of(*given["parts"])}
    sessions = sessions_of(client, vector)
    try:
        if operation == "create":
            login = {name: given[name] for name in ("sub", "sid") if name in given}
            session_id = sessions.create(
                **login, id_token_issued_at=given["idTokenIssuedAt"], expires_at=given["expiresAt"], data=given["data"]
            )
            return {"outcome": "created", "id": session_id}
        if operation == "read":
            return {"outcome": sessions.read(given["id"])}
        if operation == "save":
            sessions.save(given["id"], given["creation"], given.get("data"), given.get("expiresAt"))
            return {"outcome": "saved"}
        sessions.sign_out(given["id"])
        return {"outcome": "signed_out"}
    except LoggedOut:
        return {"outcome": "logged_out"}
    except SessionNotFound:
        return {"outcome": "session_not_found"}


def sessions_of(client, vector):
    """With the time and the random bytes of the vector, where it has them."""
    store, given = vector["store"], vector["input"]
    told = {}
    if "now" in vector:
        told["clock"] = lambda: vector["now"]
    if vector["operation"] == "create" and "id" in given:
        drawn = iter([from_base64url(given["id"]), from_base64url(given["creation"][12:])])
        told["draw"] = lambda _length: next(drawn)
    return Sessions(
        client,
        vector["tableName"],
        store["issuer"],
        store["clientId"],
        store["maxSessionLifetimeSeconds"],
        **told,
    )


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main():
    client = boto3.client("dynamodb", endpoint_url=os.environ.get("DYNAMODB_ENDPOINT"))
    for line in sys.stdin:
        print(json.dumps(perform(client, json.loads(line))), flush=True)


main()
