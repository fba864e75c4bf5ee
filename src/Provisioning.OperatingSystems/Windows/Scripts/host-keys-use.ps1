function Step {
    $load = Value 'load'
    if ($load -eq '') { throw (Stop-As 'skipped' 'the machine was adopted, not loaded') }
    $record = Join $script:state 'host-keys'
    if ((Read-File $record) -eq $load) { Say-Keys; return }
    $list = Join $script:state 'host-keys.staged'
    if (-not [IO.File]::Exists($list)) { throw (Stop-As 'skipped' 'no new host keys were made') }
    $lines = (Read-File $list) -split "`n"
    if ($lines[0] -ne $load) { throw "$list belongs to another load." }

    # After a crash some are in place already.
    foreach ($file in $lines[1..($lines.Length - 1)]) {
        if ([IO.File]::Exists("$file.new.pub")) {
            if ([IO.File]::Exists("$file.pub")) { [IO.File]::Delete("$file.pub") }
            [IO.File]::Move("$file.new.pub", "$file.pub")
        }
        # The replaced file passes its rights on; those of a key are set anew.
        if ([IO.File]::Exists("$file.new")) {
            if ([IO.File]::Exists($file)) { [IO.File]::Replace("$file.new", $file, [NullString]::Value, $true) } else { [IO.File]::Move("$file.new", $file) }
            Protect-Path $file
        }
    }
    # The server reads its keys when it starts. Apart from this session, which may end with it: every later step can be repeated.
    [void](Start-Detached 'powershell.exe' @('-NoProfile', '-NonInteractive', '-Command', 'Start-Sleep 2; Restart-Service sshd -Force'))
    Write-Text $record $load
    [IO.File]::Delete($list)
    Set-Changed
    Say-Keys
}
