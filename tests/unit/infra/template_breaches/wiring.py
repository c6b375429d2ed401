"""Breaches of the rules about parameters and nesting."""

from tests.unit.infra.template_breaches.breach import BATCH, GONE, NETWORK, ROOT, Breach

BREACHES = [
    Breach("suppressions_have_reasons", ROOT, "Table.Metadata.checkov.skip.0.comment", "Why not?"),
    Breach(
        "every_template_is_deployed",
        ROOT,
        "Network.Properties.TemplateURL",
        "infra/batch.yaml",
        blames=NETWORK,
    ),
    Breach(
        "nested_stacks_get_all_their_parameters",
        ROOT,
        "Batch.Properties.Parameters.GpuSpotMaxVcpus",
        GONE,
    ),
    Breach(
        "nested_stacks_get_all_their_parameters",
        ROOT,
        "Network.Properties.Parameters.Natgateways",
        "1",
    ),
    Breach(
        "a_parameter_means_the_same_everywhere",
        BATCH,
        "GpuSpotMaxVcpus.Default",
        64,
        blames="Batch",
        section="Parameters",
    ),
    Breach(
        "templates_have_a_version",
        NETWORK,
        "AWSTemplateFormatVersion",
        GONE,
        blames=NETWORK,
        section="",
    ),
    Breach(
        "templates_have_a_version", BATCH, "WeightsPolicy.Properties.PolicyDocument.Version", GONE
    ),
]
