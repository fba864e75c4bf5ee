function Step {
    $setup = 'SYSTEM\Setup'
    $image = Get-RegistryValue 'SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State' 'ImageState'
    foreach ($name in 'SystemSetupInProgress', 'OOBEInProgress') {
        if ([int](Get-RegistryValue $setup $name) -ne 0) { throw (Stop-As 'running' "Windows is still setting itself up ($name, $image).") }
    }
    if ($null -ne $image -and $image -ne 'IMAGE_STATE_COMPLETE') { throw (Stop-As 'running' "Windows is still setting itself up ($image).") }
}
