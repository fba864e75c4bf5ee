# argument1: poweroff or reboot. Asks and answers at once; the connection breaks soon after.
function Step {
    if (-not (Test-Administrator)) { throw 'The login has not the rights of an administrator: let spec.operatingSystem.user name a member of the group Administrators.' }
    $what = Value 'argument1'
    $boot = Get-BootTicks
    $record = Join $script:state $what
    $parts = (Read-File $record).Split(' ')
    $known = $parts.Length -eq 2 -and $parts[0] -eq (Value 'operation')
    if ($known -and $parts[1] -ne "$boot" -and $what -eq 'reboot') {
        Say 'The machine has been rebooted for this operation already.'
        return
    }
    if (-not $known -or $parts[1] -ne "$boot") {
        if (-not [IO.Directory]::Exists($script:state)) {
            [void][IO.Directory]::CreateDirectory($script:state)
            Protect-Path $script:state
        }
        # Before the reboot, and on the disk: it is what keeps a repeated call from rebooting twice.
        Write-Text $record "$(Value 'operation') $boot"
        Set-Changed
    }
    $run = Invoke-Program 'shutdown.exe' @($(if ($what -eq 'reboot') { '/r' } else { '/s' }), '/f', '/t', '3')
    # 1115 and 1190: it is under way.
    if ($run.Code -ne 0 -and $run.Code -ne 1115 -and $run.Code -ne 1190) { throw "'shutdown' was refused: $($run.Output)" }
}
