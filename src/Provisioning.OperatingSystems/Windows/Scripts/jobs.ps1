# Programs that run apart from this session, once for an operation: whoever comes back after a crash finds them running, or ended.
function Get-Job([string]$suffix) { [IO.Path]::Combine($script:state, 'jobs', "$(Value 'operation')-$(Value 'stage')$suffix") }

function Test-Job([string]$job) {
    $parts = (Read-File (Join $job 'runner')).Split(' ')
    $parts.Length -eq 2 -and (Test-Process ([int]$parts[0]) ([long]$parts[1]))
}

function New-Job([string]$job) {
    if ([IO.Directory]::Exists($job)) { [IO.Directory]::Delete($job, $true) }
    [void][IO.Directory]::CreateDirectory($job)
}

# Programs: each a path and its arguments, on one line each, separated by tabs.
function Start-Job([string]$job, [int]$seconds, [string[]]$programs, [string]$hook = '') {
    $environment = "PROVISIONING_STAGE=$(Value 'stage')", "PROVISIONING_OPERATION=$(Value 'operation')", "PROVISIONING_IMAGE=$(Value 'image')", "PROVISIONING_REVISION=$(Value 'revision')",
        "PROVISIONING_DIGEST=$(Value 'digest')", "PROVISIONING_NAMESPACE=$(Value 'namespace')", "PROVISIONING_NODE=$(Value 'node')", "PROVISIONING_HOOK=$hook"
    Write-Text (Join $job 'environment') ($environment -join "`n")
    Write-Text (Join $job 'limit') "$seconds"
    Write-Text (Join $job 'programs') ($programs -join "`n")
    $runner = Join $job 'runner.ps1'
    Write-File $runner ([Convert]::FromBase64String('@RUNNER@'))
    $command = "& ([ScriptBlock]::Create([IO.File]::ReadAllText('$($runner.Replace("'", "''"))'))) '$($job.Replace("'", "''"))'"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($command))
    [void](Start-Detached 'powershell.exe' @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-EncodedCommand', $encoded))
    for ($tries = 0; $tries -lt 50 -and -not [IO.File]::Exists((Join $job 'runner')); $tries++) { [Threading.Thread]::Sleep(200) }
}

function Get-Tail([string]$path, [int]$size) {
    if (-not [IO.File]::Exists($path)) { return '' }
    $stream = [IO.File]::Open($path, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        if ($stream.Length -gt $size) { [void]$stream.Seek(-$size, 'End') }
        [IO.StreamReader]::new($stream).ReadToEnd()
    } finally { $stream.Dispose() }
}

# Answers for the job; $what: what it is called.
function Wait-Job([string]$job, [string]$what, [int]$seconds) {
    $exit = Join $job 'exit'
    for ($tries = 0; $tries -lt 20 -and -not [IO.File]::Exists($exit) -and (Test-Job $job); $tries++) { [Threading.Thread]::Sleep(250) }
    # It may have ended between the two looks.
    if (-not [IO.File]::Exists($exit) -and (Test-Job $job)) { throw (Stop-As 'running' "$what is running.") }
    $said = "$(Get-Tail (Join $job 'output') 3000)`n$(Get-Tail (Join $job 'errors') 3000)".Trim()
    $code = (Read-File $exit).Trim()
    if ($code -match '^-?\d+$') { Say "exit-code $code" }
    Say "output64 $([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($said)))"
    if ($code -eq '') { throw "$what ended without a result, as when it is killed." }
    $end = ($said -replace '\s+', ' ')
    if ($end.Length -gt 300) { $end = $end.Substring($end.Length - 300) }
    if ($code -eq 'late') { throw "$what did not end within $seconds s. It said: $end" }
    if ($code -ne '0') { throw "$what ended with code $code. It said: $end" }
    if (-not [IO.File]::Exists((Join $job 'seen'))) { Write-Text (Join $job 'seen') ''; Set-Changed }
}
