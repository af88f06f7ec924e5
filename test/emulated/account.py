"""Prints what is in the account, as JSON: `python account.py`, with AWS_ENDPOINT_URL and AWS_REGION in the environment."""

import json

import boto3


def each(service, operation, items, **arguments):
    return [item for page in boto3.client(service).get_paginator(operation).paginate(**arguments) for item in page.get(items, [])]


def tables():
    api = boto3.client("dynamodb")
    for name in each("dynamodb", "list_tables", "TableNames"):
        backups = api.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        yield {
            **api.describe_table(TableName=name)["Table"],
            "TimeToLive": api.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            "Recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        }


def queues():
    api = boto3.client("sqs")
    for url in each("sqs", "list_queues", "QueueUrls"):
        yield {"QueueUrl": url, **api.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]}


def roles():
    api = boto3.client("iam")
    for role in each("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        if name.startswith("cdk-"):
            # Those of the bootstrap: moto hands their policies out as Python writes a dict.
            continue
        policies = each("iam", "list_role_policies", "PolicyNames", RoleName=name)
        documents = [api.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in policies]
        attached = each("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        yield {**role, "Statements": [one for document in documents for one in document["Statement"]], "Attached": attached}


def keys():
    api = boto3.client("kms")
    for key in each("kms", "list_keys", "Keys"):
        metadata = api.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        rotates = metadata["KeyState"] == "Enabled" and api.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
        yield {**metadata, "Rotates": rotates}


def apis():
    api = boto3.client("apigatewayv2")
    for one in api.get_apis()["Items"]:
        of = {"ApiId": one["ApiId"]}
        yield {
            **one,
            "Routes": api.get_routes(**of)["Items"],
            "Integrations": api.get_integrations(**of)["Items"],
            "Stages": api.get_stages(**of)["Items"],
        }


def schedules():
    api = boto3.client("scheduler")
    return [api.get_schedule(Name=one["Name"]) for one in each("scheduler", "list_schedules", "Schedules")]


def functions():
    api = boto3.client("lambda")
    for one in each("lambda", "list_functions", "Functions"):
        found = api.get_function(FunctionName=one["FunctionName"])
        policy = json.loads(api.get_policy(FunctionName=one["FunctionName"])["Policy"]) if policed(api, one) else {}
        yield {**found["Configuration"], "Concurrency": found.get("Concurrency"), "Statements": policy.get("Statement", [])}


def policed(api, function):
    try:
        return api.get_policy(FunctionName=function["FunctionName"])
    except api.exceptions.ResourceNotFoundException:
        return None


print(
    json.dumps(
        {
            "tables": list(tables()),
            "queues": list(queues()),
            "functions": list(functions()),
            "eventSources": each("lambda", "list_event_source_mappings", "EventSourceMappings"),
            "roles": list(roles()),
            "keys": list(keys()),
            "apis": list(apis()),
            "schedules": schedules(),
            "alarms": each("cloudwatch", "describe_alarms", "MetricAlarms"),
            "logGroups": each("logs", "describe_log_groups", "logGroups"),
        },
        default=str,
    )
)
