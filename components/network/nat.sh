#!/bin/sh
# cloud-init runs this at every boot of a NAT instance, with the user data that is current then. What is to be done has to
# wait for the network, so it becomes a service.
set -eu
# <settings>
: "${block:=10.0.0.0/16}"

root=${SSM_ONLY_ROOT:-}
umask 022

mkdir -p "$root/var/lib/ssm-only"
# Amazon Linux has no nft on its image. Its packages are in S3, which the Elastic IP leads to as soon as it is here; until
# then dnf fails, and the service tries again.
# An instance with one interface needs no name of it: what is from the network and not for it leaves.
cat >"$root/var/lib/ssm-only/nat.sh" <<script
set -eu
command -v nft >/dev/null || dnf --assumeyes --quiet install nftables
sysctl --quiet --write net.ipv4.ip_forward=1
nft --file - <<'rules'
add table ip ssm_only
delete table ip ssm_only
table ip ssm_only {
    chain postrouting {
        type nat hook postrouting priority 100; policy accept;
        ip saddr $block ip daddr != $block masquerade
    }
}
rules
script
cat >"$root/etc/systemd/system/ssm-only-nat.service" <<'unit'
[Unit]
Description=Private subnets reach the internet through this instance
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=300
ExecStart=/bin/sh /var/lib/ssm-only/nat.sh
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
unit

systemctl daemon-reload
systemctl enable ssm-only-nat.service
# It starts after the service that runs this: to wait for it here would be to wait for ever.
systemctl start --no-block ssm-only-nat.service
