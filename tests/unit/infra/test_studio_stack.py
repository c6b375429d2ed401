"""infra/studio.yaml: the Studio behind CloudFront, as the embedded cloud serves it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from infra.local.cloud import template as templates
from infra.local.server import ROOT
from infra.local.web import studio

TEMPLATE = templates.load(ROOT / "infra" / "studio.yaml")
RESOURCES: dict[str, Any] = {
    name: resource.get("Properties", {}) for name, resource in TEMPLATE["Resources"].items()
}
DISTRIBUTION = RESOURCES["Distribution"]["DistributionConfig"]
MEDIA = "https://media.example.com"


def test_the_page_has_the_headers_that_the_embedded_cloud_gives_it():
    config = RESOURCES["Headers"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert {
        "Content-Security-Policy": policy.replace("${MediaOrigin}", MEDIA),
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]},
    } == studio.headers(MEDIA)
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert DISTRIBUTION["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "Headers"}


def test_the_api_answers_at_the_same_host_with_every_method_and_from_no_cache():
    (api,) = DISTRIBUTION["CacheBehaviors"]
    assert api["PathPattern"] == "/api*"
    assert set(api["AllowedMethods"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert api["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    # An error page of the distribution would take the place of the API's own errors.
    assert "CustomErrorResponses" not in DISTRIBUTION


def test_the_distribution_reads_the_files_of_the_page_and_nobody_else_does():
    opened = [s for s in _statements("StudioBucketPolicy") if s["Effect"] == "Allow"]
    (allowed,) = opened
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "distribution/${Distribution}" in str(allowed["Condition"])
    paths = [arn["Fn::Sub"].removeprefix("${StudioBucket.Arn}/") for arn in allowed["Resource"]]
    assert paths == ["index.html", "seal.svg", "assets/*"]


@pytest.mark.parametrize(
    ("path", "fetched"),
    [
        ("/", "/index.html"),
        ("/assets/index-1a2b.js", "/assets/index-1a2b.js"),
        ("/seal.svg", "/seal.svg"),
        ("/history", "302 /"),
        ("/index.html", "302 /"),
        ("/wp-login.php", "302 /"),
    ],
)
def test_every_other_address_leads_to_the_page(path, fetched):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    code = RESOURCES["Paths"]["FunctionCode"] + (
        f"\nconst answer = handler({{request: {{uri: {json.dumps(path)}, headers: {{}}}}}});"
        "\nconsole.log(answer.uri ?? `${answer.statusCode} ${answer.headers.location.value}`);"
    )
    ran = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == fetched


def _statements(name: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = RESOURCES[name]["PolicyDocument"]["Statement"]
    return statements
