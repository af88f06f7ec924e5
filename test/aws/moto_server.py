"""Serves moto's AWS on a free port of 127.0.0.1, and prints the port.

moto knows global tables, alarms and the ages of SQS messages not at all, or not from CloudFormation: it is taught them.
"""

import time
from datetime import datetime, timedelta, timezone

from moto.awslambda import models as _lambda_models  # noqa: F401
from moto.cloudwatch.models import MetricDatum, cloudwatch_backends
from moto.core.common_models import CloudFormationModel, CloudWatchMetricProvider
from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import sqs_backends
from werkzeug.serving import make_server


class GlobalTable(CloudFormationModel):
    """A table with one replica, in its own region."""

    # moto keeps its instances by service, and takes that from the name of the module.
    __module__ = "moto.dynamodb.models"

    @staticmethod
    def cloudformation_name_type():
        return "TableName"

    @staticmethod
    def cloudformation_type():
        return "AWS::DynamoDB::GlobalTable"

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in ("Arn", "StreamArn")

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        backend = dynamodb_backends[account_id][region_name]
        [replica] = properties["Replicas"]
        table = backend.create_table(
            name=resource_name,
            schema=properties["KeySchema"],
            attr=properties["AttributeDefinitions"],
            throughput=None,
            global_indexes=[],
            indexes=[],
            streams=properties.get("StreamSpecification"),
            billing_mode=properties["BillingMode"],
            tags=[],
            deletion_protection_enabled=replica.get("DeletionProtectionEnabled", False),
            sse_specification=None,
            warm_throughput=None,
        )
        backend.update_time_to_live(resource_name, properties["TimeToLiveSpecification"])
        if "PointInTimeRecoverySpecification" in replica:
            backend.update_continuous_backups(resource_name, replica["PointInTimeRecoverySpecification"])
        return table


class MetricAlarm(CloudFormationModel):
    __module__ = "moto.cloudwatch.models"

    def __init__(self, name):
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type():
        return "AlarmName"

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        cloudwatch_backends[account_id][region_name].put_metric_alarm(
            name=resource_name,
            namespace=properties["Namespace"],
            metric_name=properties["MetricName"],
            comparison_operator=properties["ComparisonOperator"],
            evaluation_periods=properties["EvaluationPeriods"],
            period=properties["Period"],
            threshold=properties["Threshold"],
            statistic=properties["Statistic"],
            description=properties["AlarmDescription"],
            dimensions=[],
            alarm_actions=properties.get("AlarmActions", []),
        )
        return cls(resource_name)


class QueueMetrics(CloudWatchMetricProvider):
    """What SQS tells CloudWatch of the queues that hold something: of the minute that is over."""

    @staticmethod
    def get_cloudwatch_metrics(account_id, region):
        minute = datetime.now(timezone.utc).replace(second=0, microsecond=0, tzinfo=None) - timedelta(minutes=1)
        return [
            MetricDatum(
                namespace="AWS/SQS",
                name="ApproximateAgeOfOldestMessage",
                value=int(time.time() - min(message.sent_timestamp for message in queue._messages) / 1000),
                dimensions=[{"Name": "QueueName", "Value": queue.name}],
                timestamp=minute,
                unit="Seconds",
            )
            for queue in sqs_backends[account_id][region].queues.values()
            if queue._messages
        ]


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
