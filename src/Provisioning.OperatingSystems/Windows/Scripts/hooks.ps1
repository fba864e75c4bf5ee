function Step {
    $folder = [IO.Path]::Combine($script:state, 'hooks', "$(Value 'stage').d")
    if (-not [IO.Directory]::Exists($folder)) { throw (Stop-As 'skipped' "no $folder") }
    # The folder above belongs to administrators alone, as the step privileges made it.
    $programs = @(Get-Programs $folder)
    if ($programs.Length -eq 0) { throw (Stop-As 'skipped' "no hooks in $folder (*.ps1, *.cmd)") }
    $job = Get-Job ''
    if (-not [IO.File]::Exists((Join $job 'exit')) -and -not (Test-Job $job)) {
        New-Job $job
        Start-Job $job 300 $programs
    }
    Wait-Job $job "The hook $((Read-File (Join $job 'name')).Split(' ')[-1])" 300
}
function Get-Programs([string]$folder) {
    foreach ($file in [IO.Directory]::GetFiles($folder) | Sort-Names) {
        $name = [IO.Path]::GetFileName($file)
        if ($name -notmatch '^[A-Za-z0-9_][A-Za-z0-9._-]*\.(ps1|cmd)\z') { continue }
        if ($name.EndsWith('.ps1')) { "powershell.exe`t-NoProfile -NonInteractive -ExecutionPolicy Bypass -File $(Format-Argument $file)" } else { "cmd.exe`t/d /c $(Format-Argument $file)" }
    }
}
function Sort-Names {
    $names = [string[]]@($input)
    [Array]::Sort($names, [StringComparer]::Ordinal)
    $names
}
