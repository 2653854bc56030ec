"""Makes tests/golden/endpoints.txt from botocore's rule sets: what test_endpoints.c compares with.
A line is SERVICE REGION FIPS DUALSTACK URL SIGNING-REGION."""
import botocore.session
from botocore.endpoint_provider import EndpointProvider

SERVICES = {"LAMBDA": "lambda", "IAM": "iam", "STS": "sts", "CLOUDWATCH_LOGS": "logs", "APIGATEWAYV2": "apigatewayv2",
            "SCHEDULER": "scheduler", "S3": "s3", "SSO": "sso", "SSO_OIDC": "sso-oidc",
            "SSM": "ssm", "SECRETS_MANAGER": "secretsmanager", "CLOUDFORMATION": "cloudformation",
            "CLOUDWATCH": "cloudwatch", "SQS": "sqs", "DYNAMODB": "dynamodb"}
REGIONS = ["us-east-1", "eu-west-1", "mx-central-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1",
           "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"]

loader = botocore.session.Session().get_component("data_loader")
partitions = loader.load_data("partitions")
for id, name in SERVICES.items():
    provider = EndpointProvider(loader.load_service_model(name, "endpoint-rule-set-1"), partitions)
    for region in REGIONS:
        for fips in (False, True):
            for dual in (False, True):
                # There are no FIPS endpoints in China, whatever the rules make of the wish.
                if fips and region.startswith("cn-"):
                    continue
                endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                signing = endpoint.properties.get("authSchemes", [{}])[0].get("signingRegion", region)
                print(id, region, int(fips), int(dual), endpoint.url, signing)
