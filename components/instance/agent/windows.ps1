# At every boot of Windows: makes sure that the SSM agent is installed, recent and running, asks the agent's own diagnostics
# what it reaches, and says so in two lines, one for people and one in JSON. For Windows PowerShell 5.1, which every AWS
# image has. No less-than sign stands before a letter here: EC2Launch, which runs this, would look at it as a tag.
$ErrorActionPreference = 'Stop'
# Drawing the progress of a download takes longer than the download.
$ProgressPreference = 'SilentlyContinue'
# <settings>

$folder = Join-Path $env:ProgramData 'ssm-only'
$agentFolder = Join-Path $env:ProgramFiles 'Amazon\SSM'
$agentLog = Join-Path $env:ProgramData 'Amazon\SSM\Logs\amazon-ssm-agent.log'
$service = 'AmazonSSMAgent'
$needed = @(-split $Services)
# From this version on the agent gets its commands through ssmmessages alone; older ones need ec2messages.
$oldest = [version]'3.3.40.0'
# Seconds between tries: two and a quarter minutes in all, after which waiting longer rarely helps.
$pauses = 5, 10, 20, 40, 60

function Write-Log([string]$line) {
    $time = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
    try { Add-Content -Path (Join-Path $folder 'check.log') -Value "$time $line" } catch { Write-Warning "no log file: $_" }
}

# `aws ec2 get-console-output` shows what arrives at this port.
function Write-Console([string]$line) {
    $port = New-Object System.IO.Ports.SerialPort 'COM1', 115200, 'None', 8, 'One'
    $port.WriteTimeout = 10000
    try {
        $port.Open()
        # Whatever was written last may not have ended its line.
        $port.Write("`n$line`n")
    }
    finally {
        $port.Dispose()
    }
}

function Write-Event([string]$line, [string]$type) {
    if (-not [System.Diagnostics.EventLog]::SourceExists('ssm-only')) {
        New-EventLog -LogName Application -Source 'ssm-only'
    }
    Write-EventLog -LogName Application -Source 'ssm-only' -EventId 1 -EntryType $type -Message $line
}

# A place that cannot be written to does not keep the line from the others.
function Write-Everywhere([string]$line, [string]$type) {
    Write-Log $line
    try { Write-Event $line $type } catch { Write-Warning "no event log: $_" }
    # EC2Launch writes to the port too, and only one program at a time can.
    try { Invoke-Patiently { Write-Console $line } 1, 2, 3 } catch { Write-Warning "no console: $_" }
}

function Invoke-Patiently([scriptblock]$action, [int[]]$between = $pauses) {
    foreach ($pause in $between) {
        try { return & $action } catch { Start-Sleep -Seconds $pause }
    }
    & $action
}

function Get-Metadata([string]$path) {
    $latest = 'http://169.254.169.254/latest'
    $lifetime = @{ 'X-aws-ec2-metadata-token-ttl-seconds' = '60' }
    $token = Invoke-RestMethod -Method Put -Uri "$latest/api/token" -Headers $lifetime -TimeoutSec 5
    Invoke-RestMethod -Uri "$latest/meta-data/$path" -Headers @{ 'X-aws-ec2-metadata-token' = $token } -TimeoutSec 5
}

function Get-AgentVersion {
    $agent = Join-Path $agentFolder 'amazon-ssm-agent.exe'
    # It answers "SSM Agent version: 3.3.2299.0".
    if ((Test-Path $agent) -and "$(& $agent -version)" -match '\d+(\.\d+){3}') { [version]$Matches[0] }
}

function Install-Agent {
    $region = Get-Metadata 'placement/region'
    $domain = Get-Metadata 'services/domain'
    $setup = Join-Path $folder 'AmazonSSMAgentSetup.exe'
    # Windows Server 2019 may still begin with an older version, which S3 refuses.
    [Net.ServicePointManager]::SecurityProtocol = 'Tls12'
    # The bucket of this Region and no other: an S3 gateway endpoint leads to no bucket elsewhere.
    $address = "https://s3.$region.$domain/amazon-ssm-$region/latest/windows_amd64/AmazonSSMAgentSetup.exe"
    Invoke-WebRequest -UseBasicParsing -Uri $address -OutFile $setup -TimeoutSec 120

    $signature = Get-AuthenticodeSignature -FilePath $setup
    if ($signature.Status -ne 'Valid') { throw "the signature of $address is $($signature.Status)" }
    $signer = $signature.SignerCertificate.GetNameInfo('SimpleName', $false)
    if ($signer -notin 'Amazon Web Services, Inc.', 'Amazon.com Services LLC') { throw "$address is signed by $signer" }

    $run = Start-Process -FilePath $setup -ArgumentList '/quiet', '/norestart' -Wait -PassThru
    # 3010: installed, and Windows asks for a restart.
    if ($run.ExitCode -notin 0, 3010) { throw "$address ended with exit code $($run.ExitCode)" }
}

function New-Finding([string]$reason, [string]$problem, [string]$advice, [string[]]$unreachable = @()) {
    @{ reason = $reason; problem = $problem; advice = $advice; unreachable = $unreachable }
}

# Each function that looks for something gives what is wrong, or nothing. Reasons and words are those of linux.sh.
function Find-MissingAgent {
    $version = Get-AgentVersion
    if ($null -ne $version -and $version -ge $oldest) { return }
    if ($version) { Write-Log "SSM agent $version is older than $($oldest): updating." }
    $cause = 'its setup brought none'
    try { Invoke-Patiently { Install-Agent } }
    catch {
        $cause = "$_"
        if ($version) { Write-Log "Not updated: $cause." }
    }
    if ($null -eq (Get-AgentVersion)) {
        New-Finding 'not-installed' "the SSM agent is not installed: $cause" `
            'Open the way to S3 in this Region, or use an image that has the agent.'
    }
}

# The setting and the rules of settle_names in linux.sh.
function Set-ServiceNames {
    $config = Join-Path $agentFolder 'amazon-ssm-agent.json'
    $ours = '{"Agent": {"UseDualStackEndpoint": true}}'
    if ($DualStack -eq 'true') {
        if (Test-Path $config) { return }
        Set-Content -Path $config -Value $ours
    }
    if ($DualStack -ne 'true') {
        if ("$(Get-Content -Path $config -ErrorAction SilentlyContinue)" -ne $ours) { return }
        Remove-Item -Path $config
    }
    Restart-Service -Name $service
}

function Find-StoppedAgent([scriptblock]$start) {
    try {
        Set-Service -Name $service -StartupType Automatic
        Invoke-Patiently $start
    }
    catch {
        New-Finding 'not-running' "SSM agent $(Get-AgentVersion) does not run: $_" `
            "Look for $service in the event log System."
    }
}

function Find-OldAgent {
    $version = Get-AgentVersion
    if ($version -lt $oldest -and $needed -notcontains 'ec2messages') {
        $problem = "SSM agent $version is older than $oldest and could not be updated, so it needs ec2messages"
        New-Finding 'old-agent' $problem 'Use a newer image or agent.'
    }
}

function Get-Diagnostics {
    $checks = @{}
    try {
        # Run without administrator's rights, say, it answers with a sentence instead.
        $answer = (& (Join-Path $agentFolder 'ssm-cli.exe') get-diagnostics --output json) -join ' '
        foreach ($check in (ConvertFrom-Json $answer).DiagnosticsOutput) { $checks[$check.Check] = $check }
    }
    catch { Write-Log "ssm-cli answered '$answer': $_" }
    $checks
}

# Without the internet nothing leads to STS, which it asks whose credentials they are. That no answer came, in the words of
# the AWS SDK for Go 1 or, since 3.3.5068.0, 2, shows that there were credentials to ask with.
function Test-AskedInVain([string]$note) {
    $call = 'Failed call sts endpoint: operation error STS: GetCallerIdentity,'
    $note -like 'STS call timed out*' -or $note -like 'Failed call sts endpoint: RequestError*' -or
        $note -like "$call https response error StatusCode: 0,*" -or
        $note -like "$call exceeded maximum number of attempts, *, https response error StatusCode: 0,*"
}

# What the agent last wrote of its credentials. It asks Systems Manager whether it takes them, and ssm-cli does not: that
# would take any role.
function Get-LastOfRefresher {
    Select-String -Path $agentLog -Pattern '\[CredentialRefresher\] (.*)' -ErrorAction SilentlyContinue |
        Select-Object -Last 1 | ForEach-Object { $_.Matches[0].Groups[1].Value }
}

# The rules of diagnose in linux.sh. ssm-cli also tries services that nobody asked for, so only the checks named here count.
function Find-Obstacle {
    $version = Get-AgentVersion
    $checks = Get-Diagnostics
    $credentials = New-Finding 'no-credentials' "SSM agent $version runs but has no credentials" `
        'Give the instance a profile with a role for Systems Manager, and leave its metadata service on.'
    if ($checks.Count -eq 0) {
        # Since 3.3.5068.0 it also dies where the metadata service is off.
        try { Get-Metadata 'instance-id' | Out-Null } catch { return $credentials }
        return New-Finding 'diagnostics-failed' "SSM agent $version runs but its own check, ssm-cli, says nothing" `
            'It needs version 3.1.501.0.'
    }
    $given = $checks['AWS Credentials']
    $proved = $given.Status -eq 'Success' -or ($given.Status -eq 'Failed' -and (Test-AskedInVain $given.Note))
    if ($checks['EC2 IMDS'].Status -ne 'Success' -or -not $proved) { return $credentials }
    # "is running but" is what it says where it cannot find the user.
    if ($checks['Agent service'].Note -notlike 'Agent service is running*') {
        return New-Finding 'not-running' "SSM agent $version does not run" "Look for $service in the event log System."
    }
    $closed = @($needed | Where-Object { $checks["Connectivity to $_ endpoint"].Status -ne 'Success' })
    if ($closed) {
        $advice = 'Check that the VPC has the endpoint, with private DNS, and that its security group lets 443 in.'
        if ($Internet -eq 'true') {
            $advice = 'Check the route to the internet, and port 443 out in the security group and the network ACL.'
        }
        return New-Finding 'unreachable' "SSM agent $version runs but does not reach $(Join-Words $closed)" $advice $closed
    }
    # "Retrieve credentials produced error: ...", "Sleeping for 27m34s before retrying ...".
    $last = Get-LastOfRefresher
    if ($last -like 'Retrieve*' -or $last -like 'Sleeping*') {
        # It may sleep 30 minutes before it asks again; a new start asks at once.
        $stopped = Find-StoppedAgent { Restart-Service -Name $service }
        if ($stopped) { return $stopped }
        New-Finding 'refused' "SSM agent $version runs but Systems Manager does not take its credentials" `
            "Let its role call ssm:UpdateInstanceInformation, or set up Default Host Management. See: $agentLog"
    }
}

function Join-Words([string[]]$words) {
    if ($words.Count -eq 1) { return $words[0] }
    ($words[0..($words.Count - 2)] -join ', ') + ' and ' + $words[-1]
}

function Test-Agent {
    $finding = Find-MissingAgent
    if (-not $finding) {
        try { Set-ServiceNames } catch { Write-Log "the names of services stay as they are: $_" }
    }
    if (-not $finding) { $finding = Find-StoppedAgent { Start-Service -Name $service } }
    if (-not $finding) { $finding = Find-OldAgent }
    if ($finding) { return $finding }
    # A network that is a minute younger than the instance is common, so not at once.
    foreach ($pause in @(0) + $pauses) {
        Start-Sleep -Seconds $pause
        $finding = Find-Obstacle
        if (-not $finding) { return }
    }
    $finding
}

function Write-Result($finding) {
    $version = "$(Get-AgentVersion)"
    $result = [ordered]@{ result = 'ready'; agent = $version; reason = ''; unreachable = @(); advice = '' }
    $words = "ready: SSM agent $version runs and reaches $(Join-Words $needed)."
    $type = 'Information'
    if ($finding) {
        $result.result = 'not-ready'
        $result.reason = $finding.reason
        $result.unreachable = @($finding.unreachable)
        $result.advice = $finding.advice
        # What Windows says of an error may span lines, and this is one.
        $words = "NOT ready: $(($finding.problem -replace '\s+', ' ').Trim(' .')). $($finding.advice)"
        $type = 'Error'
    }
    $json = ConvertTo-Json -Compress $result
    Set-Content -Path (Join-Path $folder 'check.json') -Value $json
    Write-Everywhere "ssm-only: $words" $type
    Write-Everywhere "ssm-only: $json" $type
    if ($ReportParameter) {
        # AWS's images have the AWS Tools for PowerShell, which load themselves.
        Write-SSMParameter -Name $ReportParameter -Value $json -Type String -Overwrite $true `
            -Region (Get-Metadata 'placement/region') | Out-Null
    }
}

# The person's own user data: a process of its own, so that neither its end nor its output is ours.
function Start-Extra {
    if (-not $Extra) { return }
    $once = Join-Path $folder "extra-of-$(Invoke-Patiently { Get-Metadata 'instance-id' })"
    if ($ExtraAlways -ne 'true' -and (Test-Path $once)) { return }
    # Before it runs: what restarts Windows must not start again after that.
    New-Item -ItemType File -Path $once -Force | Out-Null
    $file = Join-Path $folder $ExtraFile
    [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($Extra))
    $program, $arguments = 'powershell.exe', @('-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', $file)
    if ($ExtraFile -eq 'extra.cmd') { $program, $arguments = 'cmd.exe', @('/c', $file) }
    $process = Start-Process -FilePath $program -ArgumentList $arguments -PassThru `
        -RedirectStandardOutput (Join-Path $folder 'extra.log') -RedirectStandardError (Join-Path $folder 'extra-errors.log')
    # Without a handle taken while it runs, Windows PowerShell cannot tell the exit code later.
    $process.Handle | Out-Null
    $process
}

New-Item -ItemType Directory -Path $folder -Force | Out-Null
# SYSTEM and the administrators: in a folder of ProgramData anyone may put a program in place of one that is about to run.
icacls.exe $folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null

try { $own = Start-Extra } catch { Write-Log "the person's user data did not start: $_" }
try { $finding = Test-Agent } catch { $finding = New-Finding 'diagnostics-failed' "$_" "Read check.log in $folder." }
try { Write-Result $finding } catch { Write-Log "the result is not everywhere it should be: $_" }
# EC2Launch may end what it started when this script ends.
if ($own) {
    $own.WaitForExit()
    Write-Log "the person's user data ended with exit code $($own.ExitCode)"
}
