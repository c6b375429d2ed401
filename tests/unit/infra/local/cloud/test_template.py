"""What the embedded cloud reads out of the project's own templates."""

from pathlib import Path

import pytest

from dh_core.settings import JobSettings
from infra.local.cloud import template as templates
from infra.local.cloud.template import Resolver

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="module")
def template():
    return templates.load(ROOT / "template.yaml")


def test_short_forms_are_spelled_out(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("a: !Ref X\nb: !GetAtt X.Arn\nc: !If [Y, 1, 2]\nd: !Sub '${X}-1'\n")
    assert templates.load(path) == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": ["X", "Arn"]},
        "c": {"Fn::If": ["Y", 1, 2]},
        "d": {"Fn::Sub": "${X}-1"},
    }


def test_only_what_holds_data_is_created_locally(template):
    stored = templates.stored_part(template)
    assert {"Table", "Bucket", "TasksQueue", "ObjectsQueue"} <= set(stored["Resources"])
    assert {r["Type"] for r in stored["Resources"].values()} <= templates.STORED_TYPES


def test_nothing_created_locally_refuses_plain_http(template):
    stored = templates.stored_part(template)
    assert "aws:SecureTransport" in str(template["Resources"]["ObjectsQueuePolicy"])
    assert "aws:SecureTransport" not in str(stored)
    statements = stored["Resources"]["ObjectsQueuePolicy"]["Properties"]["PolicyDocument"]
    assert [s["Sid"] for s in statements["Statement"]] == ["TheBucketMayNotify"]


def test_the_stored_part_declares_every_parameter_that_it_uses(template):
    assert set(templates.stored_part(template)["Parameters"]) == {"AllowedOrigins", "RetentionDays"}


def test_references_are_replaced_by_the_values_of_the_stack():
    resolver = Resolver(refs={"Q": "http://q", "Name": "dh"}, arns={"Q": "arn:q"})
    assert resolver.resolve(
        {"url": {"Ref": "Q"}, "text": {"Fn::Sub": "${Name}/${Q.Arn}"}, "list": [{"Ref": "Name"}]}
    ) == {"url": "http://q", "text": "dh/arn:q", "list": ["dh"]}


@pytest.mark.parametrize(
    "value", [{"Ref": "Nothing"}, {"Fn::If": ["A", 1, 2]}, {"Fn::GetAtt": ["Q", "QueueName"]}]
)
def test_what_cannot_be_resolved_is_an_error_not_a_guess(value):
    with pytest.raises(KeyError):
        Resolver(refs={}, arns={"Q": "arn"}).resolve(value)


def test_every_queue_that_feeds_a_function_reports_single_failures(template):
    sources = [source for spec in templates.functions(template) for source in spec.queues]
    named = {"TasksQueue", "DeletionsQueue", "ObjectsQueue", "DeliveriesQueue", "JobEventsQueue"}
    assert {source.queue for source in sources} == named
    assert all(source.partial_failures for source in sources)


def test_each_function_names_a_handler_of_our_packages(template):
    handlers = {spec.name: spec.handler for spec in templates.functions(template)}
    assert handlers == {
        "ApiFunction": "functions.api.app.handler",
        "TextFunction": "functions.api.app.handler",
        "ObjectsFunction": "functions.dispatch.app.on_objects",
        "TasksFunction": "functions.dispatch.app.on_tasks",
        "BatchEventsFunction": "functions.dispatch.app.on_batch_event",
        "DeliveriesFunction": "functions.dispatch.app.on_deliveries",
        "SweepFunction": "functions.dispatch.app.on_sweep",
    }


def test_a_queue_hides_a_message_for_six_times_the_limit_of_its_function(template):
    limit = template["Globals"]["Function"]["Timeout"]
    for spec in templates.functions(template):
        timeout = template["Resources"][spec.name]["Properties"].get("Timeout", limit)
        for source in spec.queues:
            queue = template["Resources"][source.queue]["Properties"]
            assert queue["VisibilityTimeout"] >= 6 * timeout


LABEL_SETTINGS = {
    "ContentProducer": "CONTENT_PRODUCER",
    "AudioLabel": "AUDIO_LABEL",
    "AudioLabelPosition": "AUDIO_LABEL_POSITION",
}


@pytest.mark.parametrize("definition", ["GpuJobDefinition", "CpuJobDefinition"])
def test_how_files_are_labelled_reaches_the_jobs_on_each_compute(template, definition):
    batch = templates.load(ROOT / "infra" / "batch.yaml")
    container = batch["Resources"][definition]["Properties"]["ContainerProperties"]
    environment = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    handed_down = template["Resources"]["Batch"]["Properties"]["Parameters"]
    for parameter, variable in LABEL_SETTINGS.items():
        assert environment[variable] == {"Ref": parameter}
        assert handed_down[parameter] == {"Ref": parameter}


@pytest.mark.parametrize(("parameter", "variable"), LABEL_SETTINGS.items())
def test_a_job_takes_every_form_of_label_that_a_stack_can_be_given(template, parameter, variable):
    declared = template["Parameters"][parameter]
    cloud = {"TABLE_NAME": "t", "BUCKET_NAME": "b"}
    default = getattr(JobSettings.from_env(cloud), variable.lower())
    assert declared["Default"] == default
    for value in declared.get("AllowedValues", ["a producer"]):
        assert getattr(JobSettings.from_env({**cloud, variable: value}), variable.lower()) == value
