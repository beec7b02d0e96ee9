SELECT `Count$10` AS `Count` FROM (SELECT `Count$10` FROM (SELECT toInt64(count()) AS `Count$10` FROM `t`.`DeviceProcessEvents` WHERE (`ProcessId` > toInt64(100))))
