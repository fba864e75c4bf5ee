function Step {
    $path = 'SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management'
    $name = 'ClearPageFileAtShutdown'
    $record = Join $script:state 'page-file'
    $present = [int](Get-RegistryValue $path $name)
    if ((Value 'stage') -eq 'pre-capture') {
        if ($present -eq 1) { return }
        Write-Text $record "$present"
        Set-RegistryValue $path $name 1 'DWord'
        Set-Changed
        return
    }
    $before = Read-File $record
    if ($before -eq '') { return }
    if ($before -match '^\d$') { Set-RegistryValue $path $name ([int]$before) 'DWord' }
    [IO.File]::Delete($record)
    Set-Changed
}
