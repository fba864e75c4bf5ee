function Step {
    $run = Invoke-Program 'quser.exe' @()
    # Whoever works through SSH alone is in no session of this kind. The names of columns are translated, their places are not.
    $sessions = @($run.Output -split "`n" | Select-Session)
    foreach ($id in $sessions) {
        $ended = Invoke-Program 'logoff.exe' @($id)
        if ($ended.Code -ne 0) { throw "Session $id cannot be logged off: $($ended.Output)" }
        Set-Changed
    }
}
filter Select-Session {
    # After the user name and the session name, which can be missing: the first number that stands alone.
    if ($_.Length -gt 23) {
        foreach ($word in $_.Substring(22) -split '\s+') { if ($word -match '^\d+$') { return $word } }
    }
}
