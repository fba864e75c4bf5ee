function Step {
    if (-not (Test-Administrator)) { throw 'The login has not the rights of an administrator: let spec.operatingSystem.user name a member of the group Administrators.' }
    if (-not [IO.Directory]::Exists($script:state)) {
        [void][IO.Directory]::CreateDirectory($script:state)
        # Everybody may make files in ProgramData, and what lies here is run.
        Protect-Path $script:state
        Set-Changed
    }
    Write-Text (Join $script:state 'probe') 'x'
    [IO.File]::Delete((Join $script:state 'probe'))
}
