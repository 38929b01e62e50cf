import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const source: string = new pulumi.Config().require("source");

const group = new aws.ec2.SecurityGroup("team", { description: "of a program in TypeScript" });
new aws.vpc.SecurityGroupIngressRule("ssh", {
    securityGroupId: group.id,
    ipProtocol: "tcp",
    fromPort: 22,
    toPort: 22,
    cidrIpv4: source,
});

// A provider of the program's own: the engine runs it through a script of its own.
class Note extends pulumi.dynamic.Resource {
    constructor(name: string) {
        super({ create: async () => ({ id: name }) }, name, {});
    }
}
new Note("note");

export const groupId = group.id;
