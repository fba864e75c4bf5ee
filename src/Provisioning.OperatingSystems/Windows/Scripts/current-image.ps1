# argument1: SHA-256 of the contents that are to be replaced, "none" if there were none, "any" if it does not matter. input: the new contents.
function Step {
    $file = Join $script:state 'currentimage.txt'
    if ([IO.Directory]::Exists($file)) { throw "$file is a folder: delete it." }
    $stamp = Value 'argument1'
    if ($stamp -ne 'any') {
        $present = if ([IO.File]::Exists($file)) { Get-Stamp ([IO.File]::ReadAllBytes($file)) } else { 'none' }
        if ($present -ne $stamp) { throw "conflict: $file was changed meanwhile." }
    }
    Write-File $file ([Convert]::FromBase64String($values['input']))
    Set-Changed
}
function Get-Stamp([byte[]]$bytes) {
    $hash = [Security.Cryptography.SHA256]::Create()
    [BitConverter]::ToString($hash.ComputeHash($bytes)).Replace('-', '').ToLowerInvariant()
}
