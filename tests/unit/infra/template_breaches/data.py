"""Breaches of the rules about what is kept."""

from tests.unit.infra.template_breaches.breach import ALARMS, BATCH, GONE, REGISTRY, ROOT, Breach

_BUCKET = "Bucket.Properties"
_LAUNCH = "LaunchTemplate.Properties.LaunchTemplateData"

BREACHES = [
    Breach("what_is_stored_is_encrypted", ALARMS, "TopicKey.Properties.EnableKeyRotation", False),
    Breach("what_is_stored_is_encrypted", ALARMS, "Topic.Properties.KmsMasterKeyId", GONE),
    Breach(
        "nothing_is_reached_over_plain_http",
        ALARMS,
        "TopicPolicy.Properties.PolicyDocument.Statement.1",
        GONE,
        blames="Topic",
    ),
    Breach(
        "buckets_block_public_access",
        ROOT,
        f"{_BUCKET}.PublicAccessBlockConfiguration.RestrictPublicBuckets",
        False,
    ),
    Breach("buckets_block_public_access", ROOT, f"{_BUCKET}.OwnershipControls", GONE),
    Breach("what_is_stored_is_encrypted", ROOT, f"{_BUCKET}.BucketEncryption", GONE),
    Breach("what_is_stored_is_encrypted", ROOT, "Table.Properties.SSESpecification", GONE),
    Breach(
        "what_is_stored_is_encrypted", ROOT, "TasksQueue.Properties.SqsManagedSseEnabled", False
    ),
    Breach(
        "what_is_stored_is_encrypted",
        BATCH,
        f"{_LAUNCH}.BlockDeviceMappings.0.Ebs.Encrypted",
        False,
    ),
    Breach(
        "what_is_stored_is_encrypted",
        REGISTRY,
        "CpuRepository.Properties.EncryptionConfiguration",
        GONE,
    ),
    Breach(
        "nothing_is_reached_over_plain_http",
        ROOT,
        "BucketPolicy.Properties.PolicyDocument.Statement.0.Condition.Bool",
        {"aws:SecureTransport": "true"},
        blames="Bucket",
    ),
    Breach(
        "nothing_is_reached_over_plain_http",
        ROOT,
        "TlsOnlyQueuePolicy.Properties.Queues.0",
        GONE,
        blames="TasksQueue",
    ),
    Breach(
        "a_queue_has_one_policy",
        ROOT,
        "TlsOnlyQueuePolicy.Properties.Queues.0",
        {"Ref": "ObjectsQueue"},
    ),
    Breach(
        "tables_can_be_restored",
        ROOT,
        "Table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
        False,
    ),
    Breach("tables_can_be_restored", ROOT, "Bucket.DeletionPolicy", "Delete"),
    Breach("tables_can_be_restored", ROOT, "Table.DeletionPolicy", "Retain"),
    Breach("tables_can_be_restored", ROOT, "Table.UpdateReplacePolicy", "Delete"),
    Breach("logs_expire", ROOT, "FunctionsLogGroup.Properties.RetentionInDays", GONE),
    Breach("queues_have_dead_letters", ROOT, "DeliveriesQueue.Properties.RedrivePolicy", GONE),
    Breach(
        "queues_have_dead_letters",
        ROOT,
        "TasksDeadLetterQueue.Properties.MessageRetentionPeriod",
        GONE,
    ),
    Breach(
        "repositories_are_tidy_and_immutable",
        REGISTRY,
        "GpuRepository.Properties.ImageTagMutability",
        "MUTABLE",
    ),
    Breach(
        "repositories_are_tidy_and_immutable",
        REGISTRY,
        "GpuRepository.Properties.ImageScanningConfiguration",
        GONE,
    ),
    Breach(
        "repositories_are_tidy_and_immutable",
        REGISTRY,
        "GpuRepository.Properties.LifecyclePolicy",
        GONE,
    ),
]
