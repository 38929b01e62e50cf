# What this script fetches, and the AWS Tools, go through it. What is reached directly is a list of patterns.
$patterns = @($NoProxy -split ',' | ForEach-Object { [regex]::Escape($_) })
[Net.WebRequest]::DefaultWebProxy = New-Object Net.WebProxy $Proxy, $true, $patterns
# And so does ssm-cli, which this script starts.
$env:http_proxy = $Proxy
$env:https_proxy = $Proxy
$env:no_proxy = $NoProxy
# The agent takes it from its service ("Configure SSM Agent to use a proxy for Windows Server instances").
try {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent'
    $lines = [string[]]@("http_proxy=$Proxy", "https_proxy=$Proxy", "no_proxy=$NoProxy")
    if ("$((Get-Item -Path $key).GetValue('Environment'))" -ne "$lines") {
        New-ItemProperty -Path $key -Name Environment -Value $lines -PropertyType MultiString -Force | Out-Null
        Restart-Service -Name AmazonSSMAgent
    }
}
catch { Write-Warning "the agent did not get its proxy: $_" }
