"""What answers requests and events: the functions and their gateway."""

from __future__ import annotations

from typing import Any

from tests.unit.infra.template_rules.model import (
    ROOT_TEMPLATE,
    Resource,
    Rule,
    Templates,
    resources,
)


def _functions(templates: Templates) -> list[Resource]:
    return list(resources(templates, "AWS::Serverless::Function"))


def _setting(templates: Templates, function: Resource, name: str) -> Any:
    common = templates[function.file].get("Globals", {}).get("Function", {})
    return function.properties.get(name, common.get(name))


def _events(function: Resource, *types: str) -> list[dict[str, Any]]:
    events = function.properties.get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] in types]


def functions_may_reserve_concurrency(templates: Templates) -> list[str]:
    """So that no function can use up the account's, nor be starved of it."""
    return [
        function.breach("reserves no concurrency")
        for function in _functions(templates)
        if "ReservedConcurrentExecutions" not in function.properties
    ]


def events_can_be_sent_again(templates: Templates) -> list[str]:
    """They come through a queue, and those that never reach it go to its dead letters.

    Ticks of a schedule are worth nothing: the next one makes up for them.
    """
    found = [
        function.breach("takes events that no queue keeps")
        for function in _functions(templates)
        if _events(function, "EventBridgeRule", "CloudWatchEvent", "S3", "SNS")
    ]
    for rule in resources(templates, "AWS::Events::Rule"):
        queues = templates[rule.file]["Resources"]
        for target in rule.properties["Targets"]:
            queue = queues.get(_attribute_of(target["Arn"]), {})
            if queue.get("Type") != "AWS::SQS::Queue":
                continue
            aside = queue["Properties"].get("RedrivePolicy", {}).get("deadLetterTargetArn")
            if aside is None or target.get("DeadLetterConfig", {}).get("Arn") != aside:
                found.append(rule.breach("loses events that do not reach its queue"))
    return found


def _attribute_of(value: Any) -> Any:
    """The resource that `GetAtt` names, if it is one."""
    return value.get("Fn::GetAtt", [None])[0] if isinstance(value, dict) else None


def queues_wait_six_times_as_long_as_their_function(templates: Templates) -> list[str]:
    """AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"."""
    found = []
    for function in _functions(templates):
        timeout = _setting(templates, function, "Timeout")
        for event in _events(function, "SQS"):
            queue = templates[function.file]["Resources"][event["Queue"]["Fn::GetAtt"][0]]
            if queue["Properties"].get("VisibilityTimeout", 30) < 6 * timeout:
                found.append(function.breach(f"may get a message again within {timeout} seconds"))
            if event.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                found.append(function.breach("repeats a whole batch for one message"))
    return found


def functions_log_where_lines_expire(templates: Templates) -> list[str]:
    """A group that Lambda makes by itself keeps its lines for ever."""
    return [
        function.breach("logs to a group of its own")
        for function in _functions(templates)
        if not (_setting(templates, function, "LoggingConfig") or {}).get("LogGroup")
    ]


def one_python_for_functions_and_layers(templates: Templates) -> list[str]:
    """The layer is built for the functions' runtime and processor."""
    functions = _functions(templates)
    runtimes = {_setting(templates, function, "Runtime") for function in functions}
    processors = {tuple(_setting(templates, function, "Architectures")) for function in functions}
    return [
        layer.breach("is built for something else than the functions")
        for layer in resources(templates, "AWS::Serverless::LayerVersion")
        if set(layer.properties["CompatibleRuntimes"]) != runtimes
        or {tuple(layer.properties["CompatibleArchitectures"])} != processors
    ]


def the_api_is_throttled_and_logged(templates: Templates) -> list[str]:
    """At the gateway, before a function is paid for."""
    return [
        api.breach("has no throttle or no access log")
        for api in resources(templates, "AWS::Serverless::HttpApi")
        if "ThrottlingRateLimit" not in api.properties.get("DefaultRouteSettings", {})
        or "DestinationArn" not in api.properties.get("AccessLogSettings", {})
    ]


def browsers_may_read_what_clients_need(templates: Templates) -> list[str]:
    """The gateway's CORS answers for the API's own, and must name the same headers."""
    wanted = {"ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id"}
    return [
        api.breach(f"hides {', '.join(sorted(hidden))} from browsers")
        for api in resources(templates, "AWS::Serverless::HttpApi")
        if (hidden := wanted - set(api.properties["CorsConfiguration"]["ExposeHeaders"]))
    ]


def what_loopback_lacks_is_conditional(templates: Templates) -> list[str]:
    """The embedded cloud has neither nested stacks nor domains."""
    return [
        resource.breach("cannot be left out")
        for resource in resources(
            {ROOT_TEMPLATE: templates[ROOT_TEMPLATE]},
            "AWS::CloudFormation::Stack",
            "AWS::ApiGatewayV2::DomainName",
        )
        if "Condition" not in resource.body
    ]


def releases_can_be_taken_back(templates: Templates) -> list[str]:
    """A new version gets few calls first, and an alarm that exists brings the old one back."""
    root = templates[ROOT_TEMPLATE]
    shared = root["Globals"]["Function"]
    release = shared.get("DeploymentPreference", {})
    _, gradual, at_once = release.get("Type", {}).get("Fn::If", ("", "", ""))
    _, watching, _ = release.get("Alarms", {}).get("Fn::If", ("", [], []))
    made = {
        str(alarm.properties["AlarmName"]["Fn::Sub"]).replace("${StackName}", "${AWS::StackName}")
        for alarm in resources(templates, "AWS::CloudWatch::Alarm")
    }
    is_safe = gradual.startswith("Canary") and at_once == "AllAtOnce" and bool(watching)
    is_safe &= {alarm["Fn::Sub"] for alarm in watching} <= made
    return [
        function.breach("is released to everybody at once, or keeps its version on a change")
        for function in _functions(templates)
        if not is_safe
        or not _setting(templates, function, "AutoPublishAlias")
        or function.properties.get("AutoPublishAliasAllProperties") is not True
        or function.properties.get("AutoPublishCodeSha256") != {"Ref": "ReleaseFingerprint"}
    ]


RULES: tuple[Rule, ...] = (
    functions_may_reserve_concurrency,
    releases_can_be_taken_back,
    events_can_be_sent_again,
    queues_wait_six_times_as_long_as_their_function,
    functions_log_where_lines_expire,
    one_python_for_functions_and_layers,
    the_api_is_throttled_and_logged,
    browsers_may_read_what_clients_need,
    what_loopback_lacks_is_conditional,
)
