function Step {
    $class = 'SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}'
    foreach ($key in @(Get-RegistryKeys $class)) {
        if ($key -match '^\d{4}$' -and $null -ne (Get-RegistryValue "$class\$key" 'NetworkAddress')) { Remove-RegistryValue "$class\$key" 'NetworkAddress'; Set-Changed }
    }
    $dhcp = 'SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters'
    if ($null -ne (Get-RegistryValue $dhcp 'Dhcpv6DUID')) { Remove-RegistryValue $dhcp 'Dhcpv6DUID'; Set-Changed }
    foreach ($device in @(Get-AbsentNetworkDevices)) {
        $run = Invoke-Program 'pnputil.exe' @('/remove-device', $device)
        if ($run.Code -ne 0) { throw "The absent network device $device cannot be removed: $($run.Output)" }
        Set-Changed
    }
    $interfaces = 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces'
    foreach ($key in @(Get-RegistryKeys $interfaces)) {
        $addresses = @(Get-RegistryValue "$interfaces\$key" 'IPAddress') | Where-Object { $_ -and $_ -ne '0.0.0.0' }
        if ((Get-RegistryValue "$interfaces\$key" 'EnableDHCP') -eq 0 -and $addresses) { Say "The interface $key keeps its fixed address $($addresses -join ' '), which a clone would have too." }
    }
}
