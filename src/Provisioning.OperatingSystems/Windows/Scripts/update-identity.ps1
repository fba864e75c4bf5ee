function Step {
    $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate'
    foreach ($name in 'SusClientId', 'SusClientIdValidation', 'PingID', 'AccountDomainSid') {
        if ($null -ne (Get-RegistryValue $path $name)) { Remove-RegistryValue $path $name; Set-Changed }
    }
}
