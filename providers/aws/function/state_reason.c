#include "providers/aws/function/state_reason.h"

#include <stddef.h>
#include <string.h>

#define KMS_ROLE "allow the function's role to use the key, in the key's policy"
#define MOUNT                                                                                      \
    "look at the file system's mount targets in the function's subnets, and that its security "    \
    "groups let NFS (port 2049) through"
#define INIT "'fnctl tail --errors' shows what its initialisation wrote"

static const struct {
    const char *code, *advice;
} reasons[] = {
    {"EniLimitExceeded",
     "the VPC has no network interface left: ask for a higher quota of them, or "
     "use fewer combinations of subnets and security groups"},
    {"InsufficientRolePermissions",
     "its role needs ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces and "
     "ec2:DeleteNetworkInterface; roles that fnctl makes have them"},
    {"SubnetOutOfIPAddresses", "a subnet has no address left: name a larger one in \"vpc\""},
    {"InvalidSubnet", "a subnet of \"vpc\" does not exist any more"},
    {"InvalidSecurityGroup", "a security group of \"vpc\" does not exist any more"},
    {"ImageDeleted", "push the image again, or deploy another"},
    {"ImageAccessDenied", "allow Lambda to pull the image, in the repository's policy"},
    {"InvalidImage", "build the image for the function's architecture, in a format of Lambda's"},
    {"KMSKeyAccessDenied", KMS_ROLE},
    {"KMSKeyNotFound", "the KMS key does not exist any more: name another"},
    {"InvalidStateKMSKey", "the KMS key cannot be used: cancel its deletion, or name another"},
    {"DisabledKMSKey", "enable the KMS key, or name another"},
    {"EFSIOError", "the file system answered with an error: try again, look at its state"},
    {"EFSMountConnectivityError", MOUNT},
    {"EFSMountFailure", "look at the access point's path and owner, and the role's permissions"},
    {"EFSMountTimeout", MOUNT},
    {"InvalidRuntime", "take a \"runtime\" that Lambda still has"},
    {"InvalidZipFileException",
     "deploy again; a file in .fnctl may be damaged: delete that folder"},
    {"InternalError", "an error of AWS's own: deploy again"},
    {"FunctionError", INIT},
    {"FunctionError.InitTimeout", "it took longer than 10 s to initialise: " INIT},
    {"FunctionError.RuntimeInitError", INIT},
    {"FunctionError.ExtensionInitError", "an extension in a layer failed: " INIT},
    {"FunctionError.InvalidEntryPoint", "the handler cannot be started as a program: is it "
                                        "executable, and built for the function's architecture?"},
    {"FunctionError.PermissionDenied", "a file may not be executed: chmod 755 it in the source"},
    {"FunctionError.TooManyExtensions", "at most 10 extensions: use fewer layers"},
    {"FunctionError.InitResourceExhausted", "raise \"memory\": " INIT},
    {"VcpuLimitExceeded", "ask for a higher quota of vCPUs"},
    {"InsufficientCapacity", "AWS has no machines left there now: try again later"},
    {"EC2RequestLimitExceeded", "too many calls of EC2 in this account now: deploy again"},
    {"DisallowedByVpcEncryptionControl", "the VPC enforces encryption that Lambda does not offer"},
};

const char *state_reason_advice(const char *code)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (strcmp(reasons[i].code, code) == 0)
            return reasons[i].advice;
    return NULL;
}
