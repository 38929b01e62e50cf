"""Uses a type that is not in the adapter's table."""

import pulumi_aws as aws

aws.codecommit.Repository("code", repository_name="code")
