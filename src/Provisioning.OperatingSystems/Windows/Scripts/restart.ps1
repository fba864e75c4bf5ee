function Step {
    $path = 'SYSTEM\CurrentControlSet\Control\ComputerName'
    $active = "$(Get-RegistryValue "$path\ActiveComputerName" 'ComputerName')"
    $wanted = "$(Get-RegistryValue "$path\ComputerName" 'ComputerName')"
    if ($active -eq $wanted) { return }
    $boot = Get-BootTicks
    $record = Join $script:state 'restart'
    $parts = (Read-File $record).Split(' ')
    if ($parts.Length -eq 2 -and $parts[0] -eq (Value 'operation') -and $parts[1] -ne "$boot") { throw "The machine was restarted and is still called $active instead of ${wanted}: look at its event log." }
    Write-Text $record "$(Value 'operation') $boot"
    $run = Invoke-Program 'shutdown.exe' @('/r', '/f', '/t', '3')
    # 1115 and 1190: it is under way.
    if ($run.Code -ne 0 -and $run.Code -ne 1115 -and $run.Code -ne 1190) { throw "The machine cannot be restarted: $($run.Output)" }
    throw (Stop-As 'running' "The machine restarts to be called $wanted.")
}
