"""Teaches moto's CloudFormation what it does not know of the templates that the CDK writes.

A resource of the types below is made by calls to moto itself, as an application would make it: boto3 refuses properties
that the service does not know.
"""

import json
from contextlib import suppress
from functools import cache

import boto3
from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

TYPES = {}


def teach(endpoint):
    """endpoint: where this moto will answer."""

    @cache
    def client(service, region):
        keys = {"aws_access_key_id": "moto", "aws_secret_access_key": "moto"}
        return boto3.client(service, region_name=region, endpoint_url=endpoint, **keys)

    Resource.client = staticmethod(client)
    known = parsing.resource_class_from_type
    parsing.resource_class_from_type = lambda resource_type: TYPES.get(resource_type) or known(resource_type)
    resolve_stack_outputs()
    find_change_sets_by_stack()
    put_out_of_change_sets()
    delete_in_order()
    read_templates_at(endpoint)
    protect_from_termination()


class Resource:
    SERVICE = ""
    ATTRIBUTES = ()

    def __init_subclass__(cls, **kwargs):
        TYPES[f"AWS::{cls.__doc__}"] = cls

    def __init__(self, region, name, properties):
        self.region = region
        self.name = name
        self.attributes = {}
        self.physical_resource_id = name
        self.create(self.client(self.SERVICE, region), properties)
        self.properties = properties

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in cls.ATTRIBUTES

    def get_cfn_attribute(self, attribute):
        return self.attributes[attribute]

    def is_created(self):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        return cls(region_name, resource_name, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        properties = cloudformation_json["Properties"]
        original_resource.update(original_resource.client(cls.SERVICE, region_name), properties)
        original_resource.properties = properties
        return original_resource

    def delete(self, account_id, region_name):
        self.remove(self.client(self.SERVICE, region_name))

    def update(self, api, properties):
        # Of most types a put is both.
        self.create(api, properties)


class GlobalTable(Resource):
    "DynamoDB::GlobalTable"

    SERVICE = "dynamodb"
    ATTRIBUTES = ("Arn", "StreamArn")

    def create(self, api, properties):
        [replica] = properties["Replicas"]
        stream, encryption = properties.get("StreamSpecification"), properties["SSESpecification"]
        table = api.create_table(
            TableName=self.name,
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            BillingMode=properties["BillingMode"],
            DeletionProtectionEnabled=replica.get("DeletionProtectionEnabled", False),
            SSESpecification={"Enabled": encryption["SSEEnabled"], "SSEType": encryption["SSEType"]},
            **({"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}),
        )["TableDescription"]
        self.attributes = {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn")}
        self.settle(api, properties)

    def settle(self, api, properties):
        [replica] = properties["Replicas"]
        api.update_time_to_live(
            TableName=self.name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )
        recovery = replica.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
        api.update_continuous_backups(TableName=self.name, PointInTimeRecoverySpecification=recovery)

    def update(self, api, properties):
        for name in ("KeySchema", "AttributeDefinitions", "StreamSpecification"):
            if properties.get(name) != self.properties.get(name):
                raise ValidationError(message=f"{self.name}: {name} cannot be changed here")
        self.settle(api, properties)

    def remove(self, api):
        api.delete_table(TableName=self.name)


class MetricAlarm(Resource):
    "CloudWatch::Alarm"

    SERVICE = "cloudwatch"
    ATTRIBUTES = ("Arn",)

    def create(self, api, properties):
        api.put_metric_alarm(**{"AlarmName": self.name, **properties})
        [alarm] = api.describe_alarms(AlarmNames=[properties.get("AlarmName", self.name)])["MetricAlarms"]
        self.physical_resource_id = alarm["AlarmName"]
        self.attributes = {"Arn": alarm["AlarmArn"]}

    def remove(self, api):
        api.delete_alarms(AlarmNames=[self.physical_resource_id])


class HttpApi(Resource):
    "ApiGatewayV2::Api"

    SERVICE = "apigatewayv2"
    ATTRIBUTES = ("ApiId", "ApiEndpoint")

    def create(self, api, properties):
        made = api.create_api(**properties)
        self.physical_resource_id = made["ApiId"]
        self.attributes = {name: made[name] for name in self.ATTRIBUTES}

    def update(self, api, properties):
        api.update_api(ApiId=self.physical_resource_id, **{k: v for k, v in properties.items() if k != "ProtocolType"})

    def remove(self, api):
        api.delete_api(ApiId=self.physical_resource_id)


class Integration(Resource):
    "ApiGatewayV2::Integration"

    SERVICE = "apigatewayv2"

    def create(self, api, properties):
        self.physical_resource_id = api.create_integration(**properties)["IntegrationId"]

    def update(self, api, properties):
        api.update_integration(IntegrationId=self.physical_resource_id, **properties)

    def remove(self, api):
        api.delete_integration(ApiId=self.properties["ApiId"], IntegrationId=self.physical_resource_id)


class Route(Resource):
    "ApiGatewayV2::Route"

    SERVICE = "apigatewayv2"

    def create(self, api, properties):
        self.physical_resource_id = api.create_route(**properties)["RouteId"]

    def update(self, api, properties):
        api.update_route(RouteId=self.physical_resource_id, **properties)

    def remove(self, api):
        api.delete_route(ApiId=self.properties["ApiId"], RouteId=self.physical_resource_id)


class Stage(Resource):
    "ApiGatewayV2::Stage"

    SERVICE = "apigatewayv2"

    def create(self, api, properties):
        self.physical_resource_id = api.create_stage(**properties)["StageName"]

    def remove(self, api):
        api.delete_stage(ApiId=self.properties["ApiId"], StageName=self.physical_resource_id)


class Schedule(Resource):
    "Scheduler::Schedule"

    SERVICE = "scheduler"
    ATTRIBUTES = ("Arn",)

    def create(self, api, properties):
        made = api.create_schedule(**{"Name": self.name, **properties})
        self.physical_resource_id = properties.get("Name", self.name)
        self.attributes = {"Arn": made["ScheduleArn"]}

    def update(self, api, properties):
        api.update_schedule(**{"Name": self.physical_resource_id, **properties})

    def remove(self, api):
        api.delete_schedule(Name=self.physical_resource_id)


class FunctionUrl(Resource):
    "Lambda::Url"

    SERVICE = "lambda"
    ATTRIBUTES = ("FunctionUrl", "FunctionArn")

    def create(self, api, properties):
        function = properties["TargetFunctionArn"]
        made = api.create_function_url_config(FunctionName=function, AuthType=properties["AuthType"])
        self.physical_resource_id = made["FunctionArn"]
        self.attributes = {name: made[name] for name in self.ATTRIBUTES}

    def remove(self, api):
        api.delete_function_url_config(FunctionName=self.properties["TargetFunctionArn"])


class Key(Resource):
    "KMS::Key"

    SERVICE = "kms"
    ATTRIBUTES = ("Arn", "KeyId")

    def create(self, api, properties):
        policy = json.dumps(properties["KeyPolicy"])
        made = api.create_key(Policy=policy, Description=properties.get("Description", ""))["KeyMetadata"]
        self.physical_resource_id = made["KeyId"]
        self.attributes = {"Arn": made["Arn"], "KeyId": made["KeyId"]}
        if properties.get("EnableKeyRotation"):
            api.enable_key_rotation(KeyId=made["KeyId"])

    def update(self, api, properties):
        policy = json.dumps(properties["KeyPolicy"])
        api.put_key_policy(KeyId=self.physical_resource_id, PolicyName="default", Policy=policy)

    def remove(self, api):
        api.schedule_key_deletion(KeyId=self.physical_resource_id)


class QueuePolicy(Resource):
    "SQS::QueuePolicy"

    SERVICE = "sqs"

    def create(self, api, properties):
        for url in properties["Queues"]:
            api.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})

    def remove(self, api):
        for url in self.properties["Queues"]:
            api.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def resolve_stack_outputs():
    """Fn::GetStackOutput, with which one stack reads the outputs of another one and holds nothing of it fast."""
    clean = parsing.clean_json

    def clean_json(value, resources_map):
        if not (isinstance(value, dict) and "Fn::GetStackOutput" in value):
            return clean(value, resources_map)
        named = clean(value["Fn::GetStackOutput"], resources_map)
        backend = models.cloudformation_backends[resources_map._account_id][resources_map._region_name]
        outputs = backend.get_stack(named["StackName"]).outputs or []
        found = [output["OutputValue"] for output in outputs if output["OutputKey"] == named["OutputName"]]
        if not found:
            raise ValidationError(message=f"{named['StackName']} has no output {named['OutputName']}")
        return found[0]

    parsing.clean_json = clean_json


def find_change_sets_by_stack():
    """moto takes the first one of that name, and the CDK calls that of every stack the same."""

    class ChangeSetNotFound(CloudFormationError):
        # From which moto takes the service.
        __module__ = CloudFormationError.__module__
        code = "ChangeSetNotFound"

    def id_of(response):
        name, stack = response._get_param("ChangeSetName"), response._get_param("StackName")
        of_stack = [
            change_set_id
            for change_set_id, found in response.cloudformation_backend.change_sets.items()
            if name in (change_set_id, found.change_set_name) and stack in (None, found.stack_name, found.stack_id)
        ]
        if not of_stack:
            raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")
        return of_stack[-1]

    def delete_change_set(self):
        with suppress(ChangeSetNotFound):
            del self.cloudformation_backend.change_sets[id_of(self)]
        return EmptyResult()

    def describe_change_set(self):
        return ActionResult(self.cloudformation_backend.describe_change_set(id_of(self)))

    def execute_change_set(self):
        self.cloudformation_backend.execute_change_set(id_of(self))
        return EmptyResult()

    CloudFormationResponse.delete_change_set = delete_change_set
    CloudFormationResponse.describe_change_set = describe_change_set
    CloudFormationResponse.execute_change_set = execute_change_set


def put_out_of_change_sets():
    """moto makes the resources of a change set, and not its outputs."""
    apply = models.ChangeSet.apply

    def apply_with_outputs(self):
        stack = self.stack
        for name, parameter in self.template_dict.get("Parameters", {}).items():
            if parameter["Type"].startswith("AWS::SSM::Parameter::"):
                # Of a change that keeps it, moto takes what it was resolved to for its name.
                self.parameters.pop(name, None)
        try:
            apply(self)
        except Exception as error:
            # moto answers 500, and the CLI tries again and again.
            stack.status = "UPDATE_FAILED"
            raise ValidationError(message=f"{type(error).__name__}: {error}") from error
        stack.template, stack.parameters, stack.tags = self.template, self.parameters, self.tags or {}
        stack._parse_template()
        stack.output_map = stack._create_output_map()

    models.ChangeSet.apply = apply_with_outputs


def delete_in_order():
    """moto deletes in any order, and does not know of the policy RetainExceptOnCreate."""

    def delete(self):
        made = [name for name in self._parsed_resources if name in self._resource_json_map]
        for name in reversed(made):
            resource = self._resource_json_map[name]
            if not resource.get("DeletionPolicy", "").startswith("Retain"):
                self._delete_resource(self._parsed_resources.pop(name), resource)

    parsing.ResourceMap.delete = delete


def read_templates_at(endpoint):
    """The URL of a template that the CDK has put into this moto's S3 has no host of Amazon's."""
    read = responses.get_stack_from_s3_url
    at_localhost = endpoint.replace("127.0.0.1", "localhost")
    responses.get_stack_from_s3_url = lambda url, **where: read(url.replace(endpoint, at_localhost), **where)


def protect_from_termination():
    delete = CloudFormationResponse.delete_stack

    def delete_stack(self):
        name = self._get_param("StackName")
        for stack in self.cloudformation_backend.stacks.values():
            if name in (stack.name, stack.stack_id) and stack.enable_termination_protection:
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
        return delete(self)

    def update_termination_protection(self):
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        stack.enable_termination_protection = self._get_param("EnableTerminationProtection") in (True, "true")
        return ActionResult({"StackId": stack.stack_id})

    CloudFormationResponse.delete_stack = delete_stack
    CloudFormationResponse.update_termination_protection = update_termination_protection
