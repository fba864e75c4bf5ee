# argument1: name of the hook. argument2: seconds that it has. input: the program.
function Step {
    $name = Value 'argument1'
    $seconds = [int](Value 'argument2')
    $job = Get-Job "-hook-$name"
    if (-not [IO.File]::Exists((Join $job 'exit')) -and -not (Test-Job $job)) {
        New-Job $job
        $bytes = [Convert]::FromBase64String($values['input'])
        if ($bytes.Length -eq 0) { throw 'The program of the hook did not arrive.' }
        $script = Join $job 'hook.ps1'
        # With a mark: without it Windows PowerShell reads the file in the code page of the machine.
        Write-File $script ([byte[]](@(0xEF, 0xBB, 0xBF) + $bytes))
        Start-Job $job $seconds @("powershell.exe`t-NoProfile -NonInteractive -ExecutionPolicy Bypass -File $(Format-Argument $script)") $name
    }
    Wait-Job $job "The hook $name" $seconds
}
