SELECT `other$6` AS `other`, `ab$7` AS `ab` FROM (SELECT toInt64(1) AS `other$6`, toInt64(2) AS `ab$7` FROM system.one)
