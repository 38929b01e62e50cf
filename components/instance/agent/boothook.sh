#!/bin/sh
# cloud-init runs this early in each boot, with the user data that is current then; the boot waits for it. The check itself
# has to wait for the network, so it becomes a service. A service runs whatever a person's cloud-config makes of
# cloud-init's later stages, and also at a boot at which cloud-init could not read the user data.
set -eu
# <settings>
: "${script:=}"

root=${SSM_ONLY_ROOT:-}
umask 022

mkdir -p "$root/var/lib/ssm-only"
printf '%s' "$script" >"$root/var/lib/ssm-only/agent.sh"
# The stages in which a person's packages and scripts come wait until ours is installed, since two that install at a time
# would break each other (amazonlinux/amazon-linux-2023#397). They do not wait for the check.
# What runs this boothook is named cloud-init-network.service since cloud-init 24.3. Ubuntu's agent is a snap, which is
# there once snapd is seeded.
cat >"$root/etc/systemd/system/ssm-only.service" <<'unit'
[Unit]
Description=SSM agent: installed, running, and able to reach what it needs
Wants=network-online.target
After=network-online.target cloud-init.service cloud-init-network.service snapd.seeded.service
Before=cloud-config.service cloud-final.service

[Service]
Type=simple
TimeoutStartSec=660
ExecStartPre=-/usr/bin/timeout 600 /bin/sh /var/lib/ssm-only/agent.sh prepare
ExecStart=/bin/sh /var/lib/ssm-only/agent.sh

[Install]
WantedBy=multi-user.target
unit

systemctl daemon-reload
systemctl enable ssm-only.service
# It starts after the service that runs this: to wait for it here would be to wait for ever.
systemctl start --no-block ssm-only.service
