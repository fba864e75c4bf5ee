function Step {
    $answers = Join $script:state 'unattend.xml'
    $job = Get-Job '-generalize'
    $begun = [IO.File]::Exists((Join $job 'exit')) -or (Test-Job $job)
    if (-not $begun) {
        if (-not [IO.File]::Exists($answers)) { throw (Stop-As 'skipped' "there is no ${answers}: the machine is captured as it is, without Sysprep") }
        $sysprep = [IO.Path]::Combine((Folder 'Windows'), 'System32', 'Sysprep', 'sysprep.exe')
        New-Job $job
        # It does not shut down by itself: the steps after this one come first, and the capture does it.
        Start-Job $job 1800 @("$sysprep`t/generalize /oobe /quit /quiet /unattend:$(Format-Argument $answers)")
    }
    Wait-Job $job 'Sysprep' 1800
    $state = Get-RegistryValue 'SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State' 'ImageState'
    if ($state -notlike 'IMAGE_STATE_GENERALIZE_RESEAL_TO_*') { throw "Sysprep ended, and the image's state is '$state': see setuperr.log in $(Join (Folder 'Windows') 'System32\Sysprep\Panther')." }
}
