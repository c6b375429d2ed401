"""The embedded cloud's storage as a program of its own: ministack, made durable.

ministack (PyPI, MIT) plays S3, DynamoDB, SQS and CloudFormation in memory. What is here keeps it on
disk: `blobs` holds the bytes of objects, `journal` everything else, `mirror` knows what of
ministack's state belongs there, `objects` moves large bodies without holding them, `indexes` keeps
long lists in order, and `app` answers a request only when its effect is written. It reaches into
ministack's internals, so infra/local/requirements.txt pins one version and
tests/integration/infra/local/test_store.py tells when they have changed.
"""
