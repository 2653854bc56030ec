"""SQS on the engine through boto3, which checks the digests of what it sends and receives.

    engine_sqs.py URL
"""

import json
import sys
import time

import boto3

sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1")


def refuses(code, call, **arguments):
    try:
        call(**arguments)
    except sqs.exceptions.ClientError as error:
        found = error.response["Error"].get("QueryErrorCode", error.response["Error"]["Code"])
        assert found == code, (found, code)
        return
    raise AssertionError(f"{code} was expected")


def bodies(url, **options):
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages", [])
    return [message["Body"] for message in messages]


def attributes_and_names():
    url = sqs.create_queue(QueueName="plain", Attributes={"DelaySeconds": "0"}, tags={"a": "b"})["QueueUrl"]
    assert sqs.create_queue(QueueName="plain")["QueueUrl"] == url
    refuses("QueueNameExists", sqs.create_queue, QueueName="plain", Attributes={"DelaySeconds": "7"})
    refuses("QueueDoesNotExist", sqs.get_queue_url, QueueName="nope")
    refuses("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "901"})
    refuses("InvalidAttributeName", sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "true"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    sqs.tag_queue(QueueUrl=url, Tags={"c": "d"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"c": "d"}
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"] == {"VisibilityTimeout": "5"}
    assert sqs.list_queues(QueueNamePrefix="pl")["QueueUrls"] == [url]
    return url


def messages(url):
    sqs.send_message(
        QueueUrl=url,
        MessageBody="grüße <&>",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "ä"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1"},
            "number": {"DataType": "Number.int", "StringValue": "7"},
        },
    )
    message = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["te.*", "bytes"])["Messages"][0]
    assert message["Body"] == "grüße <&>" and message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert sorted(message["MessageAttributes"]) == ["bytes", "text"], message
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\0\1"
    assert bodies(url) == []
    receipt = message["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    refuses("MessageNotInflight", sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=1)
    refuses("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="x")
    again = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)  # of an earlier receipt: nothing happens
    assert count(url) == 1
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert count(url) == 0


def count(url):
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(value) for name, value in found.items() if name.startswith("ApproximateNumberOf"))


def batches(url):
    entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    refuses("EmptyBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[])
    refuses("TooManyEntriesInBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=entries + [{"Id": "x", "MessageBody": "x"}])
    refuses("BatchEntryIdsNotDistinct", sqs.send_message_batch, QueueUrl=url, Entries=entries[:1] * 2)
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in taken) == [str(n) for n in range(10)]
    answer = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "good", "ReceiptHandle": taken[0]["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "?"}],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
    answer = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": taken[1]["ReceiptHandle"], "VisibilityTimeout": 0}]
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert bodies(url) == [taken[1]["Body"]]
    sqs.purge_queue(QueueUrl=url)
    assert count(url) == 0


def waiting(url):
    began = time.monotonic()
    assert bodies(url, WaitTimeSeconds=1) == []
    assert 0.9 < time.monotonic() - began < 5
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
    began = time.monotonic()
    assert bodies(url, WaitTimeSeconds=20) == ["late"]
    assert 0.5 < time.monotonic() - began < 5


def order_and_dead_letters(dead):
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "RedrivePolicy": redrive}
    refuses("InvalidParameterValue", sqs.create_queue, QueueName="no", Attributes={"FifoQueue": "true"})
    url = sqs.create_queue(QueueName="line.fifo", Attributes=fifo)["QueueUrl"]
    refuses("MissingParameter", sqs.send_message, QueueUrl=url, MessageBody="1")
    sent = [sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g") for body in ("1", "2", "2", "3")]
    assert sent[1]["MessageId"] == sent[2]["MessageId"] and sent[0]["SequenceNumber"] < sent[3]["SequenceNumber"]
    first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]
    assert first["Body"] == "1" and bodies(url) == []
    sqs.send_message(QueueUrl=url, MessageBody="other", MessageGroupId="h")
    assert bodies(url, VisibilityTimeout=0) == ["other"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(url, VisibilityTimeout=0) == ["2", "3", "other"]
    assert bodies(url, VisibilityTimeout=0) == ["2", "3"]
    assert bodies(url, VisibilityTimeout=0) == []
    message = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"][0]
    assert message["Attributes"]["DeadLetterQueueSourceArn"].endswith(":line.fifo")
    sqs.delete_queue(QueueUrl=url)
    refuses("QueueDoesNotExist", sqs.send_message, QueueUrl=url, MessageBody="1", MessageGroupId="g")


queue = attributes_and_names()
messages(queue)
batches(queue)
waiting(queue)
order_and_dead_letters(queue)
