function Get-Names {
    $path = 'SYSTEM\CurrentControlSet\Control\ComputerName'
    "$(Get-RegistryValue "$path\ComputerName" 'ComputerName')"
    "$(Get-RegistryValue 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters' 'NV Hostname')"
}
function Step {
    $name = (Value 'hostname').Split('.')[0]
    if ($name -eq '') { throw (Stop-As 'skipped' 'no host name was asked for') }
    if ($name.Length -gt 15) { throw "Windows takes names of at most 15 characters, and $name has $($name.Length): give the Node a shorter name, or skip the step hostname." }
    if ($name -match '^\d+$') { throw "Windows takes no names of digits alone, as ${name}: give the Node another name, or skip the step hostname." }
    if (@(Get-Names | Where-Object { $_ -ne $name }).Length -eq 0) { return }
    Set-ComputerName $name
    Set-Changed
}
function Set-ComputerName([string]$name) { Rename-Computer -NewName $name -Force -WarningAction SilentlyContinue | Out-Null }
