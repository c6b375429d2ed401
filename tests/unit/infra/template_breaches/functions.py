"""Breaches of the rules about functions and gateway."""

from tests.unit.infra.template_breaches.breach import ALARMS, GONE, NETWORK, ROOT, Breach

_TASKS = "TasksFunction.Properties"
_SWEEP = "SweepFunction.Properties"

BREACHES = [
    Breach(
        "functions_may_reserve_concurrency", ROOT, f"{_TASKS}.ReservedConcurrentExecutions", GONE
    ),
    Breach(
        "events_can_be_sent_again",
        ROOT,
        f"{_SWEEP}.Events.EveryMinute.Type",
        "EventBridgeRule",
    ),
    Breach(
        "events_can_be_sent_again",
        ROOT,
        "JobEventsRule.Properties.Targets.0.DeadLetterConfig",
        GONE,
    ),
    Breach(
        "releases_can_be_taken_back",
        ROOT,
        "Globals.Function.DeploymentPreference.Type.Fn::If.1",
        "AllAtOnce",
        blames="ApiFunction",
        section="",
    ),
    Breach(
        "releases_can_be_taken_back",
        ALARMS,
        "ApiErrors.Properties.AlarmName",
        {"Fn::Sub": "${StackName}-Renamed"},
        blames="ApiFunction",
    ),
    Breach("releases_can_be_taken_back", ROOT, f"{_TASKS}.AutoPublishCodeSha256", GONE),
    Breach("queues_wait_six_times_as_long_as_their_function", ROOT, f"{_TASKS}.Timeout", 31),
    Breach(
        "queues_wait_six_times_as_long_as_their_function",
        ROOT,
        f"{_TASKS}.Events.Tasks.Properties.FunctionResponseTypes",
        GONE,
    ),
    Breach("functions_log_where_lines_expire", ROOT, f"{_TASKS}.LoggingConfig", {}),
    Breach(
        "one_python_for_functions_and_layers",
        ROOT,
        "CoreLayer.Properties.CompatibleRuntimes",
        ["python3.12"],
    ),
    Breach("the_api_is_throttled_and_logged", ROOT, "HttpApi.Properties.AccessLogSettings", GONE),
    Breach(
        "browsers_may_read_what_clients_need",
        ROOT,
        "HttpApi.Properties.CorsConfiguration.ExposeHeaders.1",
        GONE,
    ),
    Breach("what_loopback_lacks_is_conditional", ROOT, "Batch.Condition", GONE),
    Breach("parameters_are_described", ROOT, "VpcId.Description", GONE, section="Parameters"),
    Breach(
        "parameters_are_used",
        NETWORK,
        "Forgotten",
        {"Type": "String", "Description": "?"},
        section="Parameters",
    ),
]
