"""Breaches of the rules about who may do what."""

from tests.unit.infra.template_breaches.breach import (
    ALARMS,
    BATCH,
    GONE,
    NETWORK,
    PIPELINE,
    ROOT,
    Breach,
)

_TASKS = "TasksFunction.Properties"
_GPU = "GpuJobDefinition.Properties"
_TRUST = "DeployRole.Properties.AssumeRolePolicyDocument.Statement.0.Condition"
_EXECUTION = "ExecutionRole.Properties.Policies.0.PolicyDocument.Statement"

BREACHES = [
    Breach(
        "no_principal_but_services",
        ALARMS,
        "TopicKey.Properties.KeyPolicy.Statement.0.Principal",
        {"AWS": "*"},
    ),
    Breach(
        "no_wildcard_actions",
        ALARMS,
        "TopicKey.Properties.KeyPolicy.Statement.1.Action.0",
        "kms:Re*",
    ),
    Breach("no_wildcard_actions", BATCH, f"{_EXECUTION}.1.Action", "ecr:*"),
    Breach("no_wildcard_actions", ROOT, f"{_TASKS}.Policies.0.Statement.3.Action", "batch:Submit*"),
    Breach("no_wildcard_resources", BATCH, f"{_EXECUTION}.1.Resource", "*"),
    Breach("no_wildcard_resources", ROOT, f"{_TASKS}.Policies.0.Statement.3.Resource", ["*"]),
    Breach(
        "no_whole_bucket",
        BATCH,
        "JobRole.Properties.Policies.0.PolicyDocument.Statement.2.Resource",
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${BucketName}/*"},
    ),
    Breach(
        "no_principal_but_services",
        ROOT,
        "ObjectsQueuePolicy.Properties.PolicyDocument.Statement.1.Principal",
        "*",
    ),
    Breach(
        "no_principal_but_services",
        ROOT,
        "ObjectsQueuePolicy.Properties.PolicyDocument.Statement.1.Condition",
        GONE,
    ),
    Breach(
        "roles_are_assumed_by_their_service_only",
        BATCH,
        "JobRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal",
        {"Service": "lambda.amazonaws.com"},
    ),
    Breach(
        "roles_are_assumed_by_their_service_only",
        BATCH,
        "InstanceRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal",
        {"AWS": "*"},
    ),
    Breach(
        "roles_are_assumed_by_their_service_only",
        PIPELINE,
        f"{_TRUST}.StringEquals",
        {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
    ),
    Breach(
        "only_known_managed_policies",
        BATCH,
        "InstanceRole.Properties.ManagedPolicyArns.0",
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonS3FullAccess"},
    ),
    Breach(
        "jobs_and_dispatchers_leave_credentials_alone",
        ROOT,
        "SweepFunction.Properties.Policies.0",
        {"Ref": "OtherPolicy"},
    ),
    Breach(
        "jobs_and_dispatchers_leave_credentials_alone",
        BATCH,
        "JobRole.Properties.Policies.0.PolicyDocument.Statement.0",
        GONE,
    ),
    Breach(
        "nothing_names_an_account_or_region",
        BATCH,
        f"{_GPU}.ContainerProperties.Image",
        "111122223333.dkr.ecr.eu-west-1.example/gpu",
    ),
    Breach(
        "hosts_take_their_ending_from_the_region",
        BATCH,
        f"{_GPU}.ContainerProperties.Image",
        {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/gpu"},
    ),
    Breach(
        "hosts_take_their_ending_from_the_region",
        BATCH,
        "InstanceRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal.Service",
        "ec2.amazonaws.com",
    ),
    Breach(
        "endpoints_have_their_names_in_china_too",
        NETWORK,
        "SqsEndpoint.Properties.ServiceName",
        {"Fn::Sub": "com.amazonaws.${AWS::Region}.sqs"},
    ),
]
