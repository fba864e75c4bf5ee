param([string]$job)
# Runs the programs of a job, one after the other, each with a time limit.
$ErrorActionPreference = 'Stop'
function Put([string]$name, [string]$text) {
    $path = [IO.Path]::Combine($job, $name)
    [IO.File]::WriteAllText("$path.staged", $text)
    if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
    [IO.File]::Move("$path.staged", $path)
}
function Get-Text([string]$name) { [IO.File]::ReadAllText([IO.Path]::Combine($job, $name)) }

$self = [Diagnostics.Process]::GetCurrentProcess()
Put 'runner' "$($self.Id) $($self.StartTime.ToUniversalTime().Ticks)"
foreach ($line in (Get-Text 'environment') -split "`n") {
    $name, $value = $line -split '=', 2
    [Environment]::SetEnvironmentVariable($name, $value)
}
$limit = [int](Get-Text 'limit') * 1000
$code = '0'
foreach ($line in (Get-Text 'programs') -split "`n") {
    $file, $arguments = $line -split "`t", 2
    Put 'name' ($line -replace "`t", ' ')
    $output = [IO.File]::Create([IO.Path]::Combine($job, 'output'))
    $errors = [IO.File]::Create([IO.Path]::Combine($job, 'errors'))
    try {
        $start = [Diagnostics.ProcessStartInfo]::new($file, "$arguments")
        $start.UseShellExecute = $false
        $start.CreateNoWindow = $true
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $copies = @($process.StandardOutput.BaseStream.CopyToAsync($output), $process.StandardError.BaseStream.CopyToAsync($errors))
        if ($process.WaitForExit($limit)) {
            $code = "$($process.ExitCode)"
        } else {
            $code = 'late'
            $kill = [Diagnostics.Process]::Start('taskkill.exe', "/T /F /PID $($process.Id)")
            [void]$kill.WaitForExit(10000)
        }
        # What the program left running may hold its output open.
        try { [void][Threading.Tasks.Task]::WaitAll([Threading.Tasks.Task[]]$copies, 5000) } catch { }
    } catch {
        $text = [Text.Encoding]::UTF8.GetBytes("$file cannot be started: $($_.Exception.Message)")
        $errors.Write($text, 0, $text.Length)
        $code = '127'
    } finally { $output.Dispose(); $errors.Dispose() }
    if ($code -ne '0') { break }
}
Put 'exit' $code
