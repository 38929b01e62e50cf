# Runs a person's script on an instance of Windows as SYSTEM, and tells the parameter of the command how it ended.
# For Windows PowerShell 5.1 with the AWS Tools for PowerShell, which every AWS image has.
$ErrorActionPreference = 'Stop'
# <settings>
# Systems Manager puts them in, and takes no others than its patterns allow.
$run = '{{ run }}'
$report = '{{ report }}'
# A standard parameter holds 4,096 characters; this many bytes are 3,600 of base64.
$tail = 2700
# PutLogEvents takes 1,048,576 bytes and 10,000 events at a time.
$mostBytes = 500000
$mostEvents = 10000

# The agent has its proxy in its environment, and so has what it starts. The AWS Tools ask .NET for one, which looks there
# for none. To the metadata service no proxy leads, whoever wrote the list of what is reached directly.
if ($env:https_proxy) {
    $direct = @("169.254.169.254,$env:no_proxy" -split ',' | Where-Object { $_ } | ForEach-Object { [regex]::Escape($_) })
    [Net.WebRequest]::DefaultWebProxy = New-Object Net.WebProxy $env:https_proxy, $true, $direct
}

function Get-InstanceId {
    $latest = 'http://169.254.169.254/latest'
    $lifetime = @{ 'X-aws-ec2-metadata-token-ttl-seconds' = '60' }
    $token = Invoke-RestMethod -Method Put -Uri "$latest/api/token" -Headers $lifetime -TimeoutSec 5
    Invoke-RestMethod -Uri "$latest/meta-data/instance-id" -Headers @{ 'X-aws-ec2-metadata-token' = $token } -TimeoutSec 5
}

# Rights that are new take seconds, and machines of a fleet write at the same time.
function Invoke-Patiently([scriptblock]$action) {
    foreach ($pause in 1, 2, 4, 8, 16, 32) {
        try { return & $action } catch { Start-Sleep -Seconds ($pause * (Get-Random -Minimum 0.5 -Maximum 1.0)) }
    }
    & $action
}

function Write-Logs([byte[]]$bytes, [string]$instance) {
    $text = [Text.Encoding]::Default.GetString((Get-Tail $bytes $mostBytes))
    $seconds = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    $stream = "$Command/$instance/$run/$seconds"
    New-CWLLogStream -LogGroupName $LogGroup -LogStreamName $stream -Region $Region
    $events = @($text -split '\r?\n' | Where-Object { $_ } | Select-Object -Last $mostEvents | ForEach-Object {
            @{ Timestamp = [DateTime]::UtcNow; Message = $_ }
        })
    if ($events) {
        Write-CWLLogEvent -LogGroupName $LogGroup -LogStreamName $stream -LogEvent $events -Region $Region | Out-Null
    }
}

# The last bytes of a file, as many as there are of them.
function Get-Tail([byte[]]$bytes, [int]$most) {
    $end = New-Object byte[] ([Math]::Min($bytes.Length, $most))
    [Array]::Copy($bytes, $bytes.Length - $end.Length, $end, 0, $end.Length)
    # A comma, or an empty array would be nothing.
    , $end
}

$folder = Join-Path $env:ProgramData "ssm-only\$([guid]::NewGuid())"
New-Item -ItemType Directory -Path $folder -Force | Out-Null
try {
    # SYSTEM and the administrators: what others could write here would run as SYSTEM.
    icacls.exe $folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
    $file = Join-Path $folder 'script.ps1'
    $log = Join-Path $folder 'output.txt'
    # Without a byte order mark Windows PowerShell takes UTF-8 for the machine's code page.
    [IO.File]::WriteAllText($file, $Script, (New-Object Text.UTF8Encoding $true))
    # cmd.exe writes both streams into one file, in the order of their lines.
    $line = "/d /s /c `"powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$file`" >`"$log`" 2>&1`""
    $process = Start-Process -FilePath cmd.exe -ArgumentList $line -PassThru -WindowStyle Hidden
    # Without a handle taken while it runs, Windows PowerShell cannot tell the exit code later.
    $process.Handle | Out-Null
    $code = $null
    if ($process.WaitForExit(1000 * [int]$Seconds)) { $code = $process.ExitCode }
    else { taskkill.exe /T /F /PID $process.Id | Out-Null }

    $bytes = [byte[]]@()
    if (Test-Path $log) { $bytes = [IO.File]::ReadAllBytes($log) }
    Write-Output ([Text.Encoding]::Default.GetString($bytes))
    $instance = Invoke-Patiently { Get-InstanceId }
    if ($LogGroup) {
        try { Write-Logs $bytes $instance } catch { Write-Output "ssm-only: the output is not in ${LogGroup}: $_" }
    }
    $end = [Convert]::ToBase64String((Get-Tail $bytes $tail))
    $json = ConvertTo-Json -Compress ([ordered]@{ run = $run; instance = $instance; code = $code; output = $end })
    Invoke-Patiently { Write-SSMParameter -Name $report -Value $json -Type String -Overwrite $true -Region $Region } | Out-Null
}
finally { Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue }
if ($null -eq $code) { exit 124 }
exit $code
