function Get-LicenseStatus {
    # Of Windows itself, where a key is there: 1 is licensed.
    Get-CimInstance -ClassName SoftwareLicensingProduct -Filter "ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL" | ForEach-Object { $_.LicenseStatus }
}
function Step {
    $status = @(Get-LicenseStatus)
    if ($status.Length -eq 0) { throw (Stop-As 'skipped' 'no product key is installed') }
    if ($status -contains 1) { return }
    $run = Invoke-Program 'cscript.exe' @('//nologo', ([IO.Path]::Combine((Folder 'Windows'), 'System32', 'slmgr.vbs')), '/ato') 200
    if (@(Get-LicenseStatus) -notcontains 1) { throw "Windows is not activated: $($run.Output)" }
    Set-Changed
}
