package ssmonly;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.ssmonly.*;
import com.pulumi.ssmonly.inputs.*;
import java.util.Optional;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::program);
    }

    static void program(Context context) {
        var preferences = new SessionPreferences("preferences", SessionPreferencesArgs.builder()
            .sessions(SessionsArgs.builder().idleMinutes(15).cloudwatch(CloudWatchLogsArgs.builder().retentionDays(90).build()).build())
            .build());
        var logs = preferences.logGroupArn().applyValue(Optional::get);
        var network = new SsmNetwork("network", SsmNetworkArgs.builder().logGroupArn(logs).build());
        for (var zone = 1; zone <= 2; zone++) {
            var name = zone == 1 ? "web" : "db";
            var instance = new SsmInstance(name, SsmInstanceArgs.builder()
                .zone(zone).vpcId(network.vpcId()).subnetIds(network.subnetIds()).logGroupArn(logs)
                .endpointGroupId(network.endpointGroupId().applyValue(Optional::get))
                .s3PrefixListId(network.s3PrefixListId().applyValue(Optional::get))
                .build(), ComponentResourceOptions.builder().dependsOn(network).build());
            context.export(name, Output.format("aws ssm start-session --target %s", instance.instanceId()));
        }
        var operators = new OperatorAccess("operators", OperatorAccessArgs.builder()
            .documentName(preferences.documentName()).operators(OperatorsArgs.builder().portForwarding(true).build())
            .build());
        context.export("operators", operators.policyArn());
    }
}
