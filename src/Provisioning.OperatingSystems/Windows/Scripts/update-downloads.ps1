function Step {
    $folder = [IO.Path]::Combine((Folder 'Windows'), 'SoftwareDistribution', 'Download')
    if (-not [IO.Directory]::Exists($folder) -or [IO.DirectoryInfo]::new($folder).GetFileSystemInfos().Length -eq 0) { return }
    $stopped = (Invoke-Program 'net.exe' @('stop', 'wuauserv') 120).Code -eq 0
    try {
        if ((Clear-Folder $folder) -gt 0) { Set-Changed }
    } finally {
        if ($stopped) { [void](Invoke-Program 'net.exe' @('start', 'wuauserv') 120) }
    }
}
