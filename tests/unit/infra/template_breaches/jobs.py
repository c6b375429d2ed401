"""Breaches of the rules about jobs and machines."""

from tests.unit.infra.template_breaches.breach import BATCH, GONE, NETWORK, Breach

_GPU = "GpuJobDefinition.Properties"
_CPU = "CpuJobDefinition.Properties"
_LAUNCH = "LaunchTemplate.Properties.LaunchTemplateData"

BREACHES = [
    Breach(
        "queues_end_jobs_that_fit_nowhere",
        BATCH,
        "CpuJobQueue.Properties.JobStateTimeLimitActions.0",
        GONE,
    ),
    Breach("jobs_run_without_privileges", BATCH, f"{_GPU}.ContainerProperties.User", "root"),
    Breach("jobs_run_without_privileges", BATCH, f"{_CPU}.ContainerProperties.User", GONE),
    Breach("jobs_run_without_privileges", BATCH, f"{_GPU}.ContainerProperties.Privileged", True),
    Breach(
        "jobs_run_without_privileges",
        BATCH,
        f"{_CPU}.ContainerProperties.ReadonlyRootFilesystem",
        False,
    ),
    Breach("jobs_run_without_privileges", BATCH, f"{_CPU}.ContainerProperties.MountPoints", GONE),
    Breach("jobs_are_bounded_and_retried", BATCH, f"{_GPU}.Timeout", GONE),
    Breach("jobs_are_bounded_and_retried", BATCH, f"{_CPU}.RetryStrategy.EvaluateOnExit.0", GONE),
    Breach("jobs_are_bounded_and_retried", BATCH, f"{_GPU}.RetryStrategy.EvaluateOnExit.3", GONE),
    Breach(
        "jobs_know_their_region_and_log_group",
        BATCH,
        f"{_GPU}.ContainerProperties.Environment.0",
        GONE,
    ),
    Breach(
        "jobs_know_their_region_and_log_group",
        BATCH,
        f"{_GPU}.ContainerProperties.LogConfiguration",
        GONE,
    ),
    Breach(
        "environments_scale_to_zero",
        BATCH,
        "GpuSpotEnvironment.Properties.ComputeResources.MinvCpus",
        4,
    ),
    Breach(
        "environments_scale_to_zero",
        BATCH,
        "CpuSpotEnvironment.Properties.ComputeResources.MaxvCpus",
        16,
    ),
    Breach(
        "environments_scale_to_zero",
        BATCH,
        "CpuSpotEnvironment.Properties.ServiceRole",
        "batch-service",
    ),
    Breach(
        "spot_comes_first",
        BATCH,
        "GpuSpotEnvironment.Properties.ComputeResources.Type",
        "EC2",
        blames="GpuJobQueue",
    ),
    Breach("spot_comes_first", BATCH, "CpuJobQueue.Properties.ComputeEnvironmentOrder.1", GONE),
    Breach("parts_of_long_videos_give_way", BATCH, "GpuSegmentsJobQueue.Properties.Priority", 20),
    Breach(
        "parts_of_long_videos_give_way",
        BATCH,
        "CpuSegmentsJobQueue.Properties.ComputeEnvironmentOrder.1",
        GONE,
    ),
    Breach("instances_need_imdsv2", BATCH, f"{_LAUNCH}.MetadataOptions.HttpTokens", "optional"),
    Breach(
        "instances_need_imdsv2",
        BATCH,
        "GpuOnDemandEnvironment.Properties.ComputeResources.LaunchTemplate",
        GONE,
    ),
    Breach(
        "nothing_listens_to_the_internet",
        NETWORK,
        "EndpointSecurityGroup.Properties.SecurityGroupIngress.0.CidrIp",
        "0.0.0.0/0",
    ),
]
