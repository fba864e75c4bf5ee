function Write-Volume { Write-VolumeCache -DriveLetter ($env:SystemDrive.Substring(0, 1)) }
function Step { Write-Volume }
