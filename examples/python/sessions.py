"""Sessions that a back-channel logout ends, in Python: create, read, save and sign out.

The steps are those of docs/data-model.md, whose numbers stand in the comments. Needs boto3.
"""

import base64
import hashlib
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

DAY = 86_400
# How far ahead of this machine's clock the OP's may be, in seconds.
MAX_CLOCK_TOLERANCE = 300


class LoggedOut(Exception):
    """A logout at or after the ID token was issued covers the login: send the user to sign in again."""


class SessionNotFound(Exception):
    """The session was logged out, has expired, or another one has its place."""


class Sessions:
    """The sessions of one relying party. All times are epoch seconds."""

    def __init__(self, client, table_name, issuer, client_id, max_lifetime=30 * DAY, clock=time.time, draw=secrets.token_bytes):
        """client: boto3.client('dynamodb'). max_lifetime: not more than the receiver's maxSessionLifetimeSeconds."""
        self._client = client
        self._table_name = table_name
        self._issuer = issuer
        self._client_id = client_id
        self._max_lifetime = max_lifetime
        self._clock = clock
        self._draw = draw

    def create(self, sub, id_token_issued_at, expires_at, data, sid=None):
        """Makes the session of a login and returns its id, for the cookie. Raises LoggedOut."""
        # 1. Check what comes from outside.
        now = self._clock()
        issued_at = int(id_token_issued_at)
        latest = issued_at + self._max_lifetime
        if issued_at > now + MAX_CLOCK_TOLERANCE:
            raise ValueError("the ID token's iat is in the future")
        if min(int(expires_at), latest) <= now:
            raise ValueError("the session would be over at once")
        if not all(isinstance(text, str) and text for text in (sub, "none" if sid is None else sid)):
            raise ValueError("sub and sid must be non-empty strings")
        # 2. Draw the id and the creation.
        session_id = _base64url(self._draw(24))
        id_hash = hash_of(session_id)
        creation = f"{int(now * 1000):012x}" + _base64url(self._draw(16))
        partitions = self._partitions(sub, sid)
        pointers = [{"pk": _text(pk), "sk": _text(f"SESSION#{id_hash}#{creation}")} for pk in partitions]
        session = {
            **_session_key(id_hash),
            "creation": _text(creation),
            "issuer": _text(self._issuer),
            "clientId": _text(self._client_id),
            "sub": _text(sub),
            **({} if sid is None else {"sid": _text(sid)}),
            "idTokenIssuedAt": _number(issued_at),
            "createdAt": _number(int(now)),
            "expiresAt": _number(min(int(expires_at), latest)),
            "latestExpiresAt": _number(latest),
            "data": _text(_json(data)),
        }
        try:
            # 3. Write the pointers, and wait for both.
            for key in pointers:
                self._client.put_item(
                    TableName=self._table_name,
                    Item={
                        **key,
                        "idTokenIssuedAt": _number(issued_at),
                        "partitions": {"L": [_text(pk) for pk in partitions]},
                        "expiresAt": _number(latest + DAY),
                    },
                )
            # 4. Only then read the markers.
            if any(not_before >= issued_at for not_before in self._markers(partitions)):
                raise LoggedOut
            # 5. Only then write the session.
            self._put_session(session, id_hash, creation)
        except BaseException:
            # 6. Undo, whatever failed: a write without an answer may have been done, or be done yet.
            self._end(id_hash, creation, int(now))
            self._delete(pointers)
            raise
        # 7. Hand the id out.
        return session_id

    def read(self, session_id):
        """Reads a live session, as a dict of its attributes with data; None where there is none."""
        # 1. Read consistently. 2. No session, or the end of one: nobody is signed in. 3. Every read checks the time.
        item = self._get(_session_key(hash_of(session_id)))
        if item is None or "endedAt" in item:
            return None
        end = min(int(item["expiresAt"]["N"]), int(item["latestExpiresAt"]["N"]))
        is_own = item["issuer"]["S"] == self._issuer and item["clientId"]["S"] == self._client_id
        if end <= self._clock() or not is_own:
            return None
        session = {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
        del session["pk"], session["sk"]
        return {**session, "idHash": hash_of(session_id), "expiresAt": end, "data": json.loads(session["data"])}

    def save(self, session_id, creation, data=None, expires_at=None):
        """Saves the session that was read, known by its creation. Raises SessionNotFound; never brings one back."""
        now = int(self._clock())
        assignments = ["createdAt = createdAt"]
        values = {":now": _number(now), ":creation": _text(creation)}
        names = {}
        if data is not None:
            assignments.append("#data = :data")
            names = {"ExpressionAttributeNames": {"#data": "data"}}
            values[":data"] = _text(_json(data))
        if expires_at is not None:
            if expires_at < now + 1:
                raise ValueError("expires_at must be in the future")
            assignments.append("expiresAt = :expiresAt")
            values[":expiresAt"] = _number(min(int(expires_at), now + self._max_lifetime))
        condition = (
            "attribute_exists(pk) AND expiresAt > :now AND latestExpiresAt > :now"
            " AND issuer = :issuer AND clientId = :clientId AND creation = :creation"
        )
        saved = self._update(hash_of(session_id), "SET " + ", ".join(assignments), condition, {**values, **self._owner()}, names)
        if saved is None:
            raise SessionNotFound

    def sign_out(self, session_id):
        """Ends one session. It is no error that it is gone."""
        id_hash = hash_of(session_id)
        now = int(self._clock())
        # 1. Write the end over the session.
        condition = "attribute_exists(pk) AND attribute_not_exists(endedAt) AND issuer = :issuer AND clientId = :clientId"
        values = {**_end_values(now), **self._owner()}
        ended = self._update(id_hash, f"SET {END_SETS} REMOVE {END_REMOVES}", condition, values, END_NAMES)
        # 2. Only then delete the pointers to it.
        if ended is not None:
            session = ended["Attributes"]
            partitions = self._partitions(session["sub"]["S"], session["sid"]["S"] if "sid" in session else None)
            sort_key = _text(f"SESSION#{id_hash}#{session['creation']['S']}")
            self._delete([{"pk": _text(pk), "sk": sort_key} for pk in partitions])

    def _put_session(self, session, id_hash, creation):
        try:
            self._client.put_item(TableName=self._table_name, Item=session, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if not _is_refused(error):
                raise
            # boto3 sends a write again whose answer was lost, and then finds its own. Anything else is a logout's end.
            item = self._get(_session_key(id_hash)) or {}
            if item.get("creation") != _text(creation):
                raise SessionNotFound from error
            if "endedAt" in item:
                raise LoggedOut from error

    def _markers(self, partitions):
        with ThreadPoolExecutor(len(partitions)) as both:
            items = list(both.map(lambda pk: self._get({"pk": _text(pk), "sk": _text("NOT_BEFORE")}), partitions))
        return [float(item["notBefore"]["N"]) for item in items if item is not None]

    def _end(self, id_hash, creation, now):
        """Also where the session is not there: a write of it that is under way must find the id taken."""
        condition = (
            "attribute_not_exists(pk) OR creation = :creation AND attribute_not_exists(endedAt) OR successor = :creation"
        )
        values = {**_end_values(now), ":creation": _text(creation)}
        sets = f"creation = :creation, {END_SETS}"
        self._update(id_hash, f"SET {sets} REMOVE {END_REMOVES}", condition, values, END_NAMES)

    def _update(self, id_hash, expression, condition, values, names):
        """Returns the answer, with what was there before, or None where the condition did not hold."""
        try:
            return self._client.update_item(
                TableName=self._table_name,
                Key=_session_key(id_hash),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                **names,
            )
        except ClientError as error:
            if _is_refused(error):
                return None
            raise

    def _delete(self, keys):
        for key in keys:
            self._client.delete_item(TableName=self._table_name, Key=key)

    def _get(self, key):
        return self._client.get_item(TableName=self._table_name, Key=key, ConsistentRead=True).get("Item")

    def _partitions(self, sub, sid):
        subject = "SUBJECT#" + hash_of(self._issuer, self._client_id, sub)
        return [subject] if sid is None else [subject, "SID#" + hash_of(self._issuer, self._client_id, sid)]

    def _owner(self):
        return {":issuer": _text(self._issuer), ":clientId": _text(self._client_id)}


END_SETS = "endedAt = :now, expiresAt = :kept, cause = :cause"
END_REMOVES = "#sub, sid, #data, idTokenIssuedAt, createdAt, latestExpiresAt, successor"
# Words that DynamoDB reserves.
END_NAMES = {"ExpressionAttributeNames": {"#sub": "sub", "#data": "data"}}


def hash_of(*parts):
    """SHA-256 over the UTF-8 JSON array, base64url without padding: test/vectors/keys.json has vectors."""
    array = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return _base64url(hashlib.sha256(array.encode()).digest())


def _end_values(now):
    return {":now": _number(now), ":kept": _number(now + DAY), ":cause": _text("deleted")}


def _session_key(id_hash):
    return {"pk": _text(f"SESSION#{id_hash}"), "sk": _text("SESSION")}


def _is_refused(error):
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def _base64url(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _json(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _text(value):
    return {"S": value}


def _number(value):
    return {"N": str(value)}
