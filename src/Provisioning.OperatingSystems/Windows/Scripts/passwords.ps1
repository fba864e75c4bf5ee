function Step {
    $logon = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon'
    foreach ($name in 'DefaultPassword', 'AutoLogonCount', 'AutoLogonSID') {
        if ($null -ne (Get-RegistryValue $logon $name)) { Remove-RegistryValue $logon $name; Set-Changed }
    }
    if ("$(Get-RegistryValue $logon 'AutoAdminLogon')" -eq '1') { Set-RegistryValue $logon 'AutoAdminLogon' '0' 'String'; Set-Changed }

    # Sysprep keeps its copy of the answer file in Panther, with the passwords in it.
    $windows = Folder 'Windows'
    foreach ($name in 'Panther\unattend.xml', 'Panther\Unattend\unattend.xml', 'Panther\unattend-original.xml', 'System32\Sysprep\unattend.xml', 'System32\Sysprep\Panther\unattend.xml') {
        $path = $windows
        foreach ($part in $name.Split('\')) { $path = Join $path $part }
        Remove-File $path
    }
    # The author's own file is what a capture needs, and no clone.
    if ((Value 'stage') -eq 'post-load') { Remove-File (Join $script:state 'unattend.xml') }
}
