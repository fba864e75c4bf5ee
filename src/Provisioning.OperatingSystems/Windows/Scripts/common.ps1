param($values)
# Begins every step. A step is the function Step; it answers with its last line, so that a machine that prints nothing, or something else, is never taken for one
# that did its work. For Windows PowerShell 5.1 and newer.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$script:result = 'unchanged'

function Value([string]$name) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($values[$name])) }
function Set-Changed { $script:result = 'changed' }
# To be thrown: ends the step with that result.
function Stop-As([string]$result, [string]$message) {
    $script:result = $result
    [OperationCanceledException]::new($message)
}

# What is peculiar to Windows is in these functions alone.
function Say([string]$text) { [Console]::Out.WriteLine($text) }

function Folder([string]$name) {
    switch ($name) {
        'ProgramData' { $env:ProgramData }
        'Windows' { $env:SystemRoot }
        'Users' { [IO.Path]::GetDirectoryName($env:PUBLIC) }
    }
}

function Test-Administrator { [Security.Principal.WindowsPrincipal]::new([Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator) }

# Below HKEY_LOCAL_MACHINE; $null if there is no such value.
function Get-RegistryValue([string]$path, [string]$name) { [Microsoft.Win32.Registry]::GetValue("HKEY_LOCAL_MACHINE\$path", $name, $null) }
function Set-RegistryValue([string]$path, [string]$name, $value, [string]$kind) { [Microsoft.Win32.Registry]::SetValue("HKEY_LOCAL_MACHINE\$path", $name, $value, [Microsoft.Win32.RegistryValueKind]$kind) }
function Remove-RegistryValue([string]$path, [string]$name) {
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path, $true)
    if ($null -ne $key) { $key.DeleteValue($name, $false); $key.Dispose() }
}
function Get-RegistryKeys([string]$path) {
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path)
    if ($null -ne $key) { $key.GetSubKeyNames(); $key.Dispose() }
}

# When the running system began: fixed for as long as it runs, unlike a difference of clocks.
function Get-BootTicks { [Diagnostics.Process]::GetProcessesByName('lsass')[0].StartTime.ToUniversalTime().Ticks }

function Get-AbsentNetworkDevices { Get-PnpDevice -Class Net -ErrorAction SilentlyContinue | Where-Object { -not $_.Present } | ForEach-Object { $_.InstanceId } }

# Runs apart from this session, which ends all that it started; the process id.
function Start-Detached([string]$file, [string[]]$arguments) {
    $made = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = Format-CommandLine (@($file) + $arguments) }
    if ($made.ReturnValue -ne 0) { throw "$file cannot be started: Win32_Process.Create answered $($made.ReturnValue)." }
    $made.ProcessId
}

# "$true" if the process that was made then runs.
function Test-Process([int]$id, [long]$ticks) {
    try { [Math]::Abs([Diagnostics.Process]::GetProcessById($id).StartTime.ToUniversalTime().Ticks - $ticks) -lt 100000000 } catch { $false }
}

# Only SYSTEM and administrators, and not what the folder above allows: *S-1-5-18 and *S-1-5-32-544 are their names in every language.
function Protect-Path([string]$path) {
    $rights = if ([IO.Directory]::Exists($path)) { '(OI)(CI)F' } else { 'F' }
    $run = Invoke-Program 'icacls.exe' @($path, '/inheritance:r', '/grant', "*S-1-5-18:$rights", '/grant', "*S-1-5-32-544:$rights")
    if ($run.Code -ne 0) { throw "The rights on $path cannot be set: $($run.Output)" }
}
# End of what is peculiar to Windows.

# By the rules that programs take command lines apart with (CommandLineToArgvW).
function Format-Argument([string]$text) {
    if ($text -ne '' -and $text -notmatch '[\s"]') { return $text }
    '"' + [regex]::Replace([regex]::Replace($text, '(\\*)"', '$1$1\"'), '(\\+)\z', '$1$1') + '"'
}
function Format-CommandLine([string[]]$arguments) { ($arguments | ForEach-Object { Format-Argument $_ }) -join ' ' }

# Waits for a program: its exit code and what it said.
function Invoke-Program([string]$file, [string[]]$arguments, [int]$seconds = 50) {
    $start = [Diagnostics.ProcessStartInfo]::new($file, (Format-CommandLine $arguments))
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $output = $process.StandardOutput.ReadToEndAsync()
    $errors = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($seconds * 1000)) {
        $process.Kill()
        throw "$file did not end within $seconds s."
    }
    [pscustomobject]@{ Code = $process.ExitCode; Output = "$($output.Result) $($errors.Result)".Trim() }
}

function Join([string]$folder, [string]$name) { [IO.Path]::Combine($folder, $name) }
$script:state = Join (Folder 'ProgramData') 'provisioning'

function Read-File([string]$path) { if ([IO.File]::Exists($path)) { [IO.File]::ReadAllText($path) } else { '' } }

# All or nothing, on the disk before the old contents go.
function Write-File([string]$path, [byte[]]$bytes) {
    $staged = "$path.staged"
    $stream = [IO.FileStream]::new($staged, 'Create', 'Write', 'None', 4096, 'WriteThrough')
    try { $stream.Write($bytes, 0, $bytes.Length); $stream.Flush($true) } finally { $stream.Dispose() }
    if ([IO.File]::Exists($path)) { [IO.File]::Replace($staged, $path, [NullString]::Value) } else { [IO.File]::Move($staged, $path) }
}
function Write-Text([string]$path, [string]$text) { Write-File $path ([Text.UTF8Encoding]::new($false).GetBytes($text)) }
function Remove-File([string]$path) {
    if ([IO.File]::Exists($path)) { [IO.File]::Delete($path); Set-Changed }
}

function Test-Link($item) { ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) -ne 0 }

# Deletes what is in a folder; links are deleted, never followed; what is in use stays. The number of things that are gone.
function Clear-Folder([string]$path) {
    $gone = 0
    $folder = [IO.DirectoryInfo]::new($path)
    if (-not $folder.Exists -or (Test-Link $folder)) { return 0 }
    foreach ($item in $folder.GetFileSystemInfos()) {
        try {
            if ($item -is [IO.DirectoryInfo] -and -not (Test-Link $item)) { $gone += Clear-Folder $item.FullName }
            $item.Attributes = [IO.FileAttributes]::Normal
            $item.Delete()
            $gone++
        } catch { continue }
    }
    $gone
}

function Get-Profiles {
    $users = [IO.DirectoryInfo]::new((Folder 'Users'))
    if ($users.Exists) { $users.GetDirectories() | Where-Object { -not (Test-Link $_) } | ForEach-Object { $_.FullName } }
}
