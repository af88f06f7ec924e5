"""Serves moto's AWS on a free port of 127.0.0.1, and prints the port.

moto does not know the ages of SQS messages, and not all that the CDK writes into templates: it is taught them.
"""

import time
from datetime import datetime, timedelta, timezone

from moto.cloudwatch.models import MetricDatum
from moto.core.common_models import CloudWatchMetricProvider
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import sqs_backends
from moto_cloudformation import teach
from werkzeug.serving import make_server


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
    teach(f"http://127.0.0.1:{server.server_port}")
    print(server.server_port, flush=True)
    server.serve_forever()
