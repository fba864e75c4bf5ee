function Step {
    $path = 'SYSTEM\CurrentControlSet\Control\Power'
    $enabled = Get-RegistryValue $path 'HibernateEnabled'
    if ($enabled -eq 0) { return }
    $run = Invoke-Program 'powercfg.exe' @('/hibernate', 'off')
    # A virtual machine without that ability says so and has nothing to turn off.
    if ($run.Code -ne 0 -and $null -ne $enabled) { throw "'powercfg /hibernate off' failed: $($run.Output)" }
    if ($run.Code -eq 0 -and $enabled -ne (Get-RegistryValue $path 'HibernateEnabled')) { Set-Changed }
}
